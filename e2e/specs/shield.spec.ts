import { expect, test } from '../fixtures/index.ts'
import { lookFor, openOnlyResult, results, words } from '../fixtures/looking.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test.beforeEach(({ searching }) => searching)

test('a shielded child is not found by postcode or street, in the words used of a child who does not exist', async ({
  page,
  population,
  check,
}) => {
  const child = await told(population, 'shielded', 'schools-census')
  for (const hidden of [
    { forenames: cell(child, 'forenames'), born: cell(child, 'date_of_birth'), postcode: cell(child, 'postcode') },
    { surname: cell(child, 'surname'), street: street(child) },
  ]) {
    await lookFor(page, { ...hidden, surname: cell(child, 'surname') })
    await expect(results(page)).toHaveCount(0)
    const said = await words(page)
    await check('shielded-by-a-hidden-field')

    await lookFor(page, { ...hidden, surname: 'Zzyzx' })
    await expect(results(page)).toHaveCount(0)
    expect((await words(page)).replaceAll('Zzyzx', cell(child, 'surname'))).toBe(said)
  }
})

test('a shielded child found by name and date of birth shows neither place nor contact', async ({
  page,
  population,
  check,
}) => {
  const child = await told(population, 'shielded', 'schools-census')
  await lookFor(page, {
    surname: cell(child, 'surname'),
    forenames: cell(child, 'forenames'),
    born: cell(child, 'date_of_birth'),
  })
  await expect(results(page)).toHaveCount(1)
  const hidden = [cell(child, 'town'), cell(child, 'postcode'), cell(child, 'school_name'), street(child)]
  for (const value of hidden) expect(await words(page)).not.toContain(value)
  await check('results-shielded')

  await openOnlyResult(page)
  for (const value of hidden) expect(await words(page)).not.toContain(value)
  await expect(page.getByRole('link', { name: /^\+?\d[\d ]+$/ })).toHaveCount(0)
  await check('record-shielded')
})
