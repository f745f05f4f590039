import { expect, test } from '../fixtures/index.ts'
import { lookFor, openOnlyResult, results } from '../fixtures/looking.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test.beforeEach(({ searching }) => searching)

const digits = (text: string) => text.replaceAll(/\D/g, '')

test('a child is found by surname and street alone, with the school she left in another area', async ({
  page,
  population,
  check,
}) => {
  const jean = await told(population, 'jean', 'nhs-gp')
  const left = await told(population, 'jean', 'schools-census')
  await lookFor(page, { surname: cell(jean, 'surname'), street: street(jean) })
  await expect(results(page)).toHaveCount(1)
  await check('results')

  await openOnlyResult(page, () => check('confirm-reason'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText(cell(jean, 'surname'))
  await expect(page.getByRole('main')).toContainText(cell(left, 'school_name'))
  await expect(page.getByRole('main')).toContainText('Absence here proves nothing')
  await check('record')
})

test('a child is found by the name he had, and the record says who works with him and how to reach them', async ({
  page,
  population,
  check,
}) => {
  const carol = await told(population, 'carol', 'social-care')
  await lookFor(page, { surname: cell(carol, 'alias_1_surname'), street: street(carol) })
  await openOnlyResult(page)

  await expect(page.getByRole('heading', { level: 1 })).toContainText(cell(carol, 'surname'))
  const main = page.getByRole('main')
  await expect(main).toContainText(cell(carol, 'alias_1_surname'))
  await expect(main).toContainText(cell(carol, 'involvement_1_organisation'))
  await expect(main).toContainText(cell(carol, 'involvement_1_practitioner'))
  const numbers = await main.getByRole('link').evaluateAll((links) => links.map((link) => link.textContent ?? ''))
  expect(numbers.map(digits)).toContain(digits(cell(carol, 'involvement_1_telephone')))
  await check('record-by-alias')
})

test('a search that is too broad is refused and says what to add', async ({ page, population, check }) => {
  const jean = await told(population, 'jean', 'nhs-gp')
  await lookFor(page, { surname: cell(jean, 'surname') })
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(results(page)).toHaveCount(0)
  await check('search-too-broad')
})

test('a search that finds nothing says that this proves nothing', async ({ page, check }) => {
  await lookFor(page, { surname: 'Zzyzx', street: 'Nowhere Lane' })
  await expect(results(page)).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('No child found')
  await expect(page.getByRole('heading', { name: 'What to try next' })).toBeVisible()
  await expect(page.getByRole('main')).toContainText('does not mean the child is not known')
  await check('nothing-found')
})
