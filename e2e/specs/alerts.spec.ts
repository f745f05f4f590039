import type { Page } from '@playwright/test'

import type { Directory } from '../fixtures/binary.ts'
import { walkWithTab } from '../fixtures/every-page.ts'
import { expect, test } from '../fixtures/index.ts'
import { lookFor, results } from '../fixtures/looking.ts'
import { stateReason } from '../fixtures/sign-in.ts'
import { cell, told } from '../fixtures/stories.ts'

// Its tests share one directory in order: what one sets off, the next decides.
test.describe.configure({ mode: 'serial' })

/** Somebody asks for their own surname: nobody needs to be found. */
async function askForOwnName(page: Page, directory: Directory, surname: string): Promise<void> {
  await stateReason(page, directory)
  await lookFor(page, { surname, forenames: 'Zyxw', born: '2012-02-03' })
  await expect(page.getByRole('main')).toBeVisible()
}

/** The alert about a person, once the watch has come to it. */
async function openAlert(page: Page, person: string): Promise<void> {
  const alert = page.getByRole('link', { name: new RegExp(`^Same surname as the user ?, ${person}`) })
  await expect(async () => {
    await page.goto('/alerts')
    await expect(alert).toHaveCount(1, { timeout: 500 })
  }).toPass({ timeout: 30_000 })
}

async function follow(page: Page, person: string): Promise<void> {
  await page.getByRole('link', { name: new RegExp(`^Same surname as the user ?, ${person}`) }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Same surname as the user' })).toBeVisible()
}

test('an empty queue says so', async ({ page, as, check }) => {
  await as('central')
  await page.goto('/alerts')
  await expect(page.getByRole('heading', { level: 1, name: 'Alerts' })).toBeVisible()
  await expect(page.getByLabel('Whose queue')).toBeVisible()
  await check('alerts-empty')
})

test('a search for one’s own surname is noticed, looked into and decided', async ({ page, as, directory, check }) => {
  await as('welfare')
  await askForOwnName(page, directory, 'Hughes')
  await as('manager')
  await openAlert(page, 'Carol Hughes')
  await check('alerts')
  await follow(page, 'Carol Hughes')
  await expect(page.getByText('This alert', { exact: true })).toBeVisible()
  await check('alert-waiting')

  await page.getByRole('button', { name: 'Take this alert on' }).click()
  await page.getByRole('button', { name: 'Decide' }).click()
  await expect(page.getByRole('alert')).toContainText('Select what came of it')
  await page.getByLabel('Explained').check()
  await page.getByLabel('Reference of the evidence').fill('she told me it was her niece')
  await page.getByRole('button', { name: 'Decide' }).click()
  await expect(page.getByRole('alert')).toContainText('A reference is 3 to 32')
  await check('alert-faults')

  await page.getByLabel('Reference of the evidence').fill('ref-2026/0007')
  await page.getByRole('button', { name: 'Decide' }).click()
  await expect(page.getByText('This alert is decided')).toBeVisible()
  await expect(page.getByText('REF-2026/0007')).toBeVisible()
  await check('alert-decided')
  await page.goto('/alerts?state=closed')
  await expect(page.getByRole('cell', { name: 'Explained' })).toBeVisible()
  await check('alerts-closed')
})

test('suspected misuse suspends the account and is closed by two people', async ({ page, as, directory, check }) => {
  await as('charityworker')
  await askForOwnName(page, directory, 'Doyle')
  await as('partnermanager')
  await openAlert(page, 'Liam Doyle')
  await follow(page, 'Liam Doyle')
  await page.getByRole('button', { name: 'Take this alert on' }).click()
  await page.getByLabel('Misuse suspected').check()
  await page.getByLabel('Reference of the evidence').fill('HR-2026/0142')
  await page.getByRole('button', { name: 'Decide' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Suspend this account?' })).toBeVisible()
  await check('alert-confirm')
  await page.getByRole('button', { name: 'Suspend the account and investigate' }).click()
  await page.getByRole('link', { name: 'Go to the investigation' }).click()
  await check('investigation-open')

  await page.getByLabel('What was done').selectOption('Person heard')
  await page.getByLabel('Reference of the evidence').fill('HR-2026/0143')
  await page.getByRole('button', { name: 'Record this step' }).click()
  await expect(page.getByRole('cell', { name: 'Person heard' })).toBeVisible()
  await page.getByRole('button', { name: 'Propose this finding' }).click()
  await expect(page.getByRole('alert')).toContainText('Confirm that the investigation is complete')
  await check('investigation-faults')
  await page.getByLabel('What was found').selectOption('Misuse')
  await page.getByLabel('What followed for the person').selectOption('Access withdrawn for good')
  await page.getByLabel('Reference of the report').fill('IR-2026/0009')
  await page.getByLabel('The investigation is complete').check()
  await page.getByRole('button', { name: 'Propose this finding' }).click()
  await expect(page.getByText('You proposed this finding')).toBeVisible()
  const investigation = page.url()

  await as('charityworker')
  await page.goto('/search')
  await expect(page.getByLabel('Username')).toBeVisible()

  await as('partnermanager2')
  await page.goto(investigation)
  await check('investigation-proposed')
  await page.getByLabel('Yes, close the investigation').check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('This investigation is closed')).toBeVisible()
  await check('investigation-closed')
  await page.goto('/investigations?state=closed')
  await check('investigations')
})

test('the auditor sees alerts and has no button to change one; who keeps data has no way to them', async ({
  page,
  as,
}) => {
  await as('auditor')
  await page.goto('/alerts?state=closed')
  await follow(page, 'Carol Hughes')
  await expect(page.getByRole('main').getByRole('button')).toHaveCount(0)
  await as('dataadmin')
  await page.goto('/search')
  await expect(page.getByRole('link', { name: 'Alerts', exact: true })).toHaveCount(0)
  const answer = await page.goto('/alerts')
  expect(answer?.status()).toBe(403)
})

test('a line manager has a page of notices', async ({ page, as, check }) => {
  await as('lead')
  await page.goto('/notices')
  await expect(page.getByText('No notice is waiting for you.')).toBeVisible()
  await check('notices')
})

test('one’s own address is left with the keyboard alone, and warned of', async ({
  page,
  as,
  directory,
  population,
  check,
}) => {
  const child = await told(population, 'shielded', 'schools-census')
  const neighbour = (await population('schools-census')).find(
    (row) => row.postcode && row.postcode !== child.postcode && /^\d+ /.test(row.address_line_1 ?? ''),
  )
  if (!neighbour) throw new Error('nobody has an address')
  await as('welfare')
  await page.goto('/account/address')
  const stops = await walkWithTab(page)
  expect(stops.indexOf('postcode')).toBeGreaterThan(stops.indexOf('house'))
  expect(stops.indexOf('Save')).toBeGreaterThan(stops.indexOf('postcode'))
  await page.locator('#house').focus()
  await page.keyboard.type('1')
  await page.keyboard.press('Tab')
  await page.keyboard.type('nowhere')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('Enter a full postcode')
  await check('own-address-faults')
  await page.locator('#postcode').focus()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(cell(neighbour, 'postcode'))
  await page.keyboard.press('Enter')
  await expect(page.getByText('Your address is kept.')).toBeVisible()
  await check('own-address')

  await stateReason(page, directory)
  await lookFor(page, {
    surname: cell(neighbour, 'surname'),
    forenames: cell(neighbour, 'forenames'),
    postcode: cell(neighbour, 'postcode'),
  })
  await results(page).first().click()
  await expect(page.getByText('You searched for your own address.')).toBeVisible()
  await check('confirm-own-address')
})
