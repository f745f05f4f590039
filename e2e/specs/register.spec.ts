import { expect, test } from '../fixtures/index.ts'
import { lookFor, numberOn, openOnlyResult } from '../fixtures/looking.ts'
import { cell, street, told } from '../fixtures/stories.ts'
import { stateReason } from '../fixtures/sign-in.ts'

test('two managers take a disclosure from proposal to release', async ({ page, as, check, directory, population }) => {
  const jean = await told(population, 'jean', 'nhs-gp')
  await as('manager')
  await stateReason(page, directory)
  await lookFor(page, { surname: cell(jean, 'surname'), street: street(jean) })
  await openOnlyResult(page)
  const number = await numberOn(page)

  await page.goto('/register')
  await check('register-empty')
  await page.getByRole('button', { name: 'Propose a disclosure' }).click()
  await page.getByRole('button', { name: 'Propose', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Select the legal basis')
  await check('register-propose-faults')

  await page.getByLabel('Child number').fill(number)
  await page.getByLabel('Order of a court').check()
  await page.getByLabel('Court', { exact: true }).check()
  await page.getByLabel('Name of the body').fill('Leeds Family Court')
  await page.getByLabel('Judge or officer of the court').check()
  await page.getByLabel('Reference').fill('FD26P00417')
  await page.getByLabel('Name', { exact: true }).check()
  await page.getByLabel('Address or whereabouts').check()
  await check('register-propose')
  await page.getByRole('button', { name: 'Propose', exact: true }).click()
  await expect(page.getByRole('main')).toContainText('Another manager of your authority must decide it')
  await check('register-proposed')
  const entry = page.url()

  await as('manager2')
  await page.goto(entry)
  await page.getByLabel('Approve: it may be released').check()
  await page.getByRole('button', { name: 'Record my decision' }).click()
  await expect(page.getByRole('alert')).toContainText('Confirm that you have seen the evidence yourself')
  await check('register-decide-faults')
  await page.getByLabel('Approve: it may be released').check()
  await page.getByLabel('I have seen the evidence under this reference myself').check()
  await page.getByRole('button', { name: 'Record my decision' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Approved, not yet released' })).toBeVisible()
  await check('register-approved')

  await page.getByLabel('Name', { exact: true }).check()
  await page.getByLabel('These items have left, and no others').check()
  await page.getByRole('button', { name: 'Record the release' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Released' })).toBeVisible()
  await check('register-released')

  await as('auditor')
  await page.goto('/register')
  await expect(page.getByRole('main')).toContainText('Leeds Family Court')
  await expect(page.getByRole('button', { name: 'Propose a disclosure' })).toHaveCount(0)
  await check('register')
})
