import { expect, test } from '../fixtures/index.ts'
import { lookFor, openOnlyResult, results } from '../fixtures/looking.ts'
import { stateReason } from '../fixtures/sign-in.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test('a child is protected by two people, at once, and by whom it was asked decides nothing', async ({
  page,
  as,
  check,
  directory,
  population,
}) => {
  test.slow()
  const jean = await told(population, 'jean', 'nhs-gp')
  const byStreet = { surname: cell(jean, 'surname'), street: street(jean) }
  await as('nurse')
  await stateReason(page, directory)
  await lookFor(page, byStreet)
  await openOnlyResult(page)
  await page.getByRole('button', { name: 'Ask for this child’s protection' }).click()
  await page.getByRole('button', { name: 'Hand in the request' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('protection-faults')
  await page.getByRole('group', { name: 'Who asks' }).getByRole('radio').nth(1).check()
  await page.getByRole('group', { name: 'What the danger is' }).getByRole('radio').first().check()
  await page.getByRole('group', { name: 'How great the danger is' }).getByRole('radio').first().check()
  await page.getByLabel('File', { exact: true }).selectOption({ index: 1 })
  await page.getByLabel('Number of the file').fill('13DV00417')
  await check('protection')
  await page.getByRole('button', { name: 'Hand in the request' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Your request was received' })).toBeVisible()
  await check('protection-received')

  await as('manager')
  await page.goto('/shields')
  await expect(page.getByRole('main')).not.toContainText(cell(jean, 'surname'))
  await check('shields')
  await page.getByRole('main').getByRole('table').getByRole('link').first().click()
  await expect(page.getByRole('main')).toContainText(cell(jean, 'surname'))
  await expect(page.getByRole('main')).not.toContainText(street(jean))
  await page.getByRole('button', { name: 'Propose' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('shields-request-faults')
  await page.getByLabel('Yes: hide where this child is').check()
  for (const other of await page.getByLabel('Shield too').all()) await other.check()
  await check('shields-request')
  await page.getByRole('button', { name: 'Propose' }).click()
  await expect(page.getByRole('main')).toContainText('Somebody else of this desk must go on with it')
  await check('shields-proposed')
  const request = page.url()

  await as('manager2')
  await page.goto(request)
  await page.getByLabel('Yes: it is so from this moment').check()
  await page.getByRole('button', { name: 'Record my decision' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('shields-decide-faults')
  await page.getByLabel('Yes: it is so from this moment').check()
  await page.getByLabel('I have seen the evidence under these numbers myself').check()
  await page.getByRole('button', { name: 'Record my decision' }).click()
  await expect(page.getByRole('main')).toContainText('In force')
  await check('shields-in-force')

  await as('nurse')
  await stateReason(page, directory)
  await lookFor(page, byStreet)
  await expect(results(page)).toHaveCount(0)

  await as('manager')
  await page.goto(request)
  await page.getByLabel('Lift it').check()
  await page.getByRole('button', { name: 'Propose' }).click()
  await as('manager2')
  await page.goto(request)
  await page.getByLabel('Yes: it is so from this moment').check()
  await page.getByLabel('I have seen the evidence under these numbers myself').check()
  await page.getByRole('button', { name: 'Record my decision' }).click()
  await expect(page.getByRole('main')).toContainText('Lifted')

  await as('nurse')
  await stateReason(page, directory)
  await lookFor(page, byStreet)
  await expect(results(page)).toHaveCount(1)
})

test('a refuge is protected as a place, and its address stands nowhere', async ({ page, as, check }) => {
  await as('manager')
  await page.goto('/shields/places')
  await page.getByRole('button', { name: 'Propose', exact: true }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('shields-places-faults')
  await page.getByLabel('Number and street, or name of the house').fill('17 Quiet Street')
  await page.getByLabel('Postcode').fill('WD18 7XX')
  await page.getByLabel('Number of the file that says which place it is').fill('WA/17')
  await page.getByRole('button', { name: 'Propose', exact: true }).click()
  await expect(page.getByRole('main')).toContainText('File WA/17')
  await expect(page.getByRole('main')).not.toContainText('Quiet Street')
  await as('manager2')
  await page.goto('/shields/places')
  await check('shields-places')
  await page.getByRole('button', { name: 'Agree to protect' }).click()
  await expect(page.getByRole('main')).toContainText('Protected.')
})
