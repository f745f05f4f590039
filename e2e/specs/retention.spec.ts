import { expect, test } from '../fixtures/index.ts'
import { lookFor, numberOn, openOnlyResult } from '../fixtures/looking.ts'
import { stateReason } from '../fixtures/sign-in.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test('a young person’s own consent is recorded, and what will happen to the record is told', async ({
  page,
  as,
  check,
  directory,
  population,
}) => {
  const jean = await told(population, 'jean', 'nhs-gp')
  await as('nurse')
  await stateReason(page, directory)
  await lookFor(page, { surname: cell(jean, 'surname'), street: street(jean) })
  await openOnlyResult(page)
  const number = await numberOn(page)
  await page.getByRole('button', { name: /after eighteen/ }).click()
  await page.getByRole('button', { name: 'Record the consent' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('participation')
  await page.goto('/search')

  await as('manager')
  await stateReason(page, directory)
  await page.goto('/retention')
  await page.getByRole('button', { name: 'Show what will happen' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('retention')
  await page.getByLabel('Child number').fill(number)
  await page.getByRole('button', { name: 'Show what will happen' }).click()
  await check('retention-calendar')
  await page.goto('/retention/death')
  await page.getByRole('button', { name: 'Record', exact: true }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('retention-death-faults')
})
