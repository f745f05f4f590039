import { expect, test } from '../fixtures/index.ts'
import { lookFor, openOnlyResult, results } from '../fixtures/looking.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test.beforeEach(({ searching }) => searching)

test('a child is found by surname and street alone, and the record says who works with them', async ({
  page,
  population,
  check,
}) => {
  const jean = await told(population, 'jean', 'social-care')
  await lookFor(page, { surname: cell(jean, 'surname'), street: street(jean) })
  await expect(results(page)).toHaveCount(1)
  await check('results')

  await openOnlyResult(page, () => check('confirm-reason'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText(cell(jean, 'surname'))
  const main = page.getByRole('main')
  await expect(main).toContainText(cell(jean, 'involvement_1_organisation'))
  await expect(main.getByRole('link', { name: cell(jean, 'involvement_1_telephone') })).toBeVisible()
  await expect(main).toContainText('Absence here proves nothing')
  await check('record')
})

test('a child is found by an alias', async ({ page, population, check }) => {
  const child = await told(population, 'alias', 'social-care')
  await lookFor(page, { surname: cell(child, 'alias_1_surname'), street: street(child) })
  await openOnlyResult(page)
  await expect(page.getByRole('main')).toContainText(cell(child, 'alias_1_surname'))
  await check('record-by-alias')
})

test('a search that is too broad is refused and says what to add', async ({ page, population, check }) => {
  const jean = await told(population, 'jean', 'social-care')
  await lookFor(page, { surname: cell(jean, 'surname') })
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(results(page)).toHaveCount(0)
  await check('search-too-broad')
})

test('a search that finds nothing says that this proves nothing', async ({ page, check }) => {
  await lookFor(page, { surname: 'Zzyzx', street: 'Nowhere Lane' })
  await expect(results(page)).toHaveCount(0)
  await expect(page.getByRole('main')).toContainText('does not mean the child is not known')
  await check('nothing-found')
})
