// Accounts: asked for, furnished with facts, put in use, given roles by two, suspended, closed; and who sees only.

import { expect, test } from '../fixtures/index.ts'
import { walkWithTab } from '../fixtures/every-page.ts'
import type { Page } from '@playwright/test'

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })
const main = (page: Page) => page.getByRole('main')

async function find(page: Page, words: string): Promise<void> {
  await page.goto('/accounts')
  await page.getByLabel('Name or username').fill(words)
  await page.getByRole('button', { name: 'Find accounts' }).click()
  await expect(page.getByRole('heading', { name: 'Accounts found' })).toBeVisible()
}

async function open(page: Page, name: string): Promise<void> {
  await find(page, name)
  await page.getByRole('link', { name, exact: true }).click()
  await expect(heading(page, name)).toBeVisible()
}

async function record(page: Page, what: string): Promise<void> {
  await page.getByRole('link', { name: 'Record a fact' }).click()
  await page.getByRole('radio', { name: what, exact: true }).check()
  const today = new Date()
  const fields = [today.getUTCDate(), today.getUTCMonth() + 1, today.getUTCFullYear()]
  for (const [at, part] of ['Day', 'Month', 'Year'].entries()) {
    await page.getByRole('group', { name: 'Date of it' }).getByLabel(part).fill(String(fields[at]))
  }
  await page.getByLabel('Evidence reference').fill('HR-2026/117')
  await page.getByRole('button', { name: 'Record', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'What was done to this account' })).toBeVisible()
}

test('a user manager brings a person from asking to being in use, and every missing fact is named', async ({
  page,
  as,
  check,
}, info) => {
  const name = `Nadia Karim ${info.project.name.replaceAll('-', ' ')}`
  await as('usermanager')
  await page.goto('/accounts')
  await expect(page.getByRole('navigation', { name: 'Menu' }).getByText('Accounts')).toHaveCount(1)
  await check('accounts')
  await page.getByRole('link', { name: 'Ask for an account' }).click()
  await check('accounts-request')
  await page.getByRole('button', { name: 'Ask for the account' }).click()
  await expect(page.getByRole('alert')).toContainText('Select the organisation')
  await check('accounts-request-faults')
  await page.getByLabel('Full name').fill(name)
  await page.getByLabel('Username').fill(`nadia.${info.project.name}`)
  await page.getByLabel('Organisation they work for').selectOption({ index: 1 })
  await page.getByLabel('Role they need').selectOption({ label: 'Practitioner' })
  await page.getByRole('button', { name: 'Ask for the account' }).click()
  await expect(heading(page, name)).toBeVisible()
  await expect(main(page)).toContainText('Requested')
  await check('account-requested')

  await page.getByRole('link', { name: 'Put in use, suspend or close' }).click()
  await check('account-change')
  await page.getByRole('radio', { name: 'Put the account in use' }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  for (const remedy of ['identity', 'DBS', 'training', 'procedures', 'agreement', 'need for the job']) {
    await expect(page.getByRole('alert')).toContainText(remedy)
  }
  await check('account-lacks')

  await page.getByRole('link', { name: 'The account', exact: true }).click()
  await page.getByRole('link', { name: 'Record a fact' }).click()
  await check('account-fact')
  await page.getByRole('button', { name: 'Record', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Enter the date of it')
  await check('account-fact-faults')
  await page.getByRole('link', { name: 'The account', exact: true }).click()
  for (const what of [
    'Identity confirmed',
    'Need for the job confirmed',
    'Enhanced DBS check',
    'Training, level 2',
    'Security operating procedures given',
    'User agreement signed',
  ]) {
    await record(page, what)
  }
  await expect(main(page)).toContainText('Trained')
  await page.getByRole('link', { name: 'Put in use, suspend or close' }).click()
  await page.getByRole('radio', { name: 'Put the account in use' }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(main(page)).toContainText('Put in use')
  await check('account-active')
})

test('a role with power waits for a second user manager', async ({ page, as, check }) => {
  await as('usermanager')
  await open(page, 'Vicki Marsh')
  await page.getByRole('link', { name: 'Give or take away a role' }).click()
  await check('account-roles')
  await page.getByRole('button', { name: /^Take away/ }).click()
  await expect(heading(page, 'Take this role away?')).toBeVisible()
  await check('account-confirm-take')
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Give or take away a role' }).click()
  await page.getByLabel('Role', { exact: true }).selectOption({ label: 'Auditor' })
  await page.getByRole('button', { name: 'Give the role' }).click()
  await expect(heading(page, 'Roles that wait for a second person')).toBeVisible()
  await expect(main(page)).toContainText('Another user manager decides')
  await check('account-proposals-own')
  await as('usermanager2')
  await page.goto('/accounts/proposals')
  await check('account-proposals')
  await page.getByRole('button', { name: /^Refuse/ }).first().click()
  await expect(main(page)).toContainText('No role waits')
})

test('suspending and closing are confirmed first', async ({ page, as, check }) => {
  await as('usermanager')
  await open(page, 'Carol Hughes')
  await page.getByRole('link', { name: 'Put in use, suspend or close' }).click()
  await page.getByRole('radio', { name: /Suspend\. Long absence/ }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(heading(page, 'Suspend this account?')).toBeVisible()
  await check('account-confirm-suspend')
  await page.getByRole('button', { name: 'Suspend the account' }).click()
  await expect(main(page)).toContainText('Suspended')
  await page.getByRole('link', { name: 'Put in use, suspend or close' }).click()
  await page.getByRole('radio', { name: 'Lift the suspension' }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(main(page)).toContainText('Suspension lifted')
  await page.getByRole('link', { name: 'Put in use, suspend or close' }).click()
  await page.getByRole('radio', { name: /Close for ever\. Left/ }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(heading(page, 'Close this account for ever?')).toBeVisible()
  await check('account-confirm-close')
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Move to another organisation' }).click()
  await check('account-move')
  await page.getByLabel('Organisation the person now works for').selectOption({ index: 1 })
  await page.getByRole('button', { name: 'Continue' }).click()
  await check('account-confirm-move')
})

test('joiners and leavers come from a file, tried before they are carried out', async ({ page, as, check }, info) => {
  await as('usermanager')
  await page.goto('/accounts/import')
  await check('accounts-import')
  const header = await page.locator('.cp-wrap').innerText()
  await page.goto('/accounts/request')
  const organisation = await page.getByLabel('Organisation they work for').locator('option').nth(1).innerText()
  const username = `joiner.${info.project.name}`
  const line = `join,${username},June Joiner,"${organisation}",practitioner,,,,,,,,,,,,no`
  await page.goto('/accounts/import')
  await page.getByLabel('Or paste its text').fill(`${header}\n${line.replace('join,', 'joins,')}`)
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByRole('alert')).toContainText('1 fault')
  await check('accounts-import-faults')
  await page.getByLabel('Or paste its text').fill(`${header}\n${line}`)
  await page.getByRole('button', { name: 'Try it' }).click()
  await expect(main(page)).toContainText('Nothing was done yet')
  await check('accounts-import-tried')
  await page.getByRole('button', { name: 'Carry it out' }).click()
  await expect(main(page)).toContainText('Done. 1 of 1')
  await check('accounts-import-done')
  await find(page, username)
  await expect(main(page)).toContainText('June Joiner')
})

test('what runs out soon is a list of its own', async ({ page, as, check }) => {
  await as('usermanager')
  await page.goto('/accounts/soon')
  await check('accounts-soon')
  await page.getByRole('link', { name: 'Training' }).click()
  await expect(heading(page, 'What runs out soon')).toBeVisible()
})

test('a trainer records training and nothing else; helpdesk and auditor see only', async ({ page, as, check }) => {
  await as('trainer')
  await open(page, 'Sam Okafor')
  await expect(page.getByRole('link', { name: 'Record a fact' })).toHaveCount(0)
  await page.getByRole('link', { name: 'Record training' }).click()
  await expect(page.getByRole('radio')).toHaveCount(2)
  await check('account-training')
  for (const who of ['helpdesk', 'auditor']) {
    await as(who)
    await open(page, 'Sam Okafor')
    await expect(page.getByRole('heading', { name: 'What you can do' })).toHaveCount(0)
    await page.goto('/accounts/import')
    await expect(heading(page, 'You cannot use this page')).toBeVisible()
  }
  await as('manager')
  await open(page, 'Sam Okafor')
  await page.getByRole('link', { name: 'Suspend for suspected misuse' }).click()
  await check('account-misuse')
})

test('accounts are found and opened with the keyboard alone', async ({ page, as }) => {
  await as('usermanager')
  await page.goto('/accounts')
  const stops = await walkWithTab(page)
  expect(stops).toContain('words')
  await page.locator('#words').focus()
  await page.keyboard.type('Anita Rao')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Accounts found' })).toBeVisible()
  await page.getByRole('link', { name: 'Anita Rao' }).focus()
  await page.keyboard.press('Enter')
  await expect(heading(page, 'Anita Rao')).toBeVisible()
})
