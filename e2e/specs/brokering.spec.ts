import { expect, test } from '../fixtures/index.ts'
import { lookFor, openOnlyResult } from '../fixtures/looking.ts'
import { stateReason } from '../fixtures/sign-in.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test('a nurse is put in touch by the authority, and learns what the provider chose and no more', async ({
  page,
  as,
  check,
  directory,
  population,
}) => {
  test.slow()
  const girl = await told(population, 'sensitive_service', 'social-care')
  await as('nurse')
  await stateReason(page, directory)
  await lookFor(page, { surname: cell(girl, 'surname'), street: street(girl) })
  await openOnlyResult(page)
  await page.getByRole('button', { name: 'Ask the responsible authority to put you in touch' }).click()
  await expect(page.getByLabel('Child number')).not.toHaveValue('')
  await page.getByRole('button', { name: 'Send the request' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('brokering-ask-faults')
  await page.getByLabel('Urgent health need').check()
  await page.getByLabel('Your telephone number').fill('01632 960123')
  await check('brokering-ask')
  // The last step by keyboard alone.
  await page.getByLabel('Your telephone number').press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Your request was received' })).toBeVisible()
  await check('brokering-received')

  await as('manager')
  await stateReason(page, directory)
  await page.goto('/brokering/queue')
  await expect(page.getByRole('main').getByRole('table')).toBeVisible()
  await expect(page.getByRole('main')).not.toContainText(cell(girl, 'surname'))
  await check('brokering-queue')
  await page.getByRole('main').getByRole('table').getByRole('link').first().click()
  await expect(page.getByRole('main')).not.toContainText(street(girl))
  await check('brokering-request')
  await page.getByRole('button', { name: 'Take this request on' }).click()
  await page.getByRole('button', { name: /I have reached them.*Mental health/ }).click()
  await page.getByRole('button', { name: 'Record their choice' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('brokering-choice-faults')
  await page.getByLabel('To be told to whoever asked').check()
  await page.getByLabel('Telephone number they gave').fill('01632 960199')
  await page.getByLabel('The practitioner’s name').check()
  await check('brokering-choice')
  await page.getByRole('button', { name: 'Record their choice' }).click()
  await expect(page.getByRole('main')).toContainText('Dealt with')
  await check('brokering-dealt-with')
  await page.goto('/shields/brokering')
  await check('shields-brokering')

  await as('nurse')
  await stateReason(page, directory)
  await page.goto('/brokering')
  await expect(page.getByRole('link', { name: '01632 960199' })).toBeVisible()
  await expect(page.getByRole('main')).not.toContainText('Mental health')
  await check('brokering-own')
})

test('a provider says that a consent was withdrawn, and is told the same whatever there was', async ({
  page,
  as,
  check,
  directory,
}) => {
  await as('nurse')
  await stateReason(page, directory)
  await page.goto('/consent/withdraw')
  await page.getByRole('button', { name: 'Take the service off the record' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('consent-withdraw-faults')
})
