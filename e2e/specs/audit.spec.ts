import { expect, test } from '../fixtures/index.ts'
import { walkWithTab } from '../fixtures/every-page.ts'

test('an auditor looks up what an account did and opens an entry', async ({ page, as, check, sessionOf }) => {
  // The looker's own entries: signing in, at least.
  await sessionOf('nurse')
  await as('auditor')
  await page.goto('/audit')
  await check('audit')

  await page.getByRole('button', { name: 'Look up' }).click()
  await expect(page.getByRole('alert')).toContainText('Enter a username, a child number or an organisation')
  await check('audit-nothing-asked')

  await page.getByLabel('Username').fill('nobody-of-this-name')
  await page.getByRole('button', { name: 'Look up' }).click()
  await expect(page.getByRole('alert')).toContainText('There is no account with this username that you may look at')

  await page.getByLabel('Username').fill('nurse')
  await page.getByRole('button', { name: 'Look up' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Entries of the audit trail' })).toBeVisible()
  expect(page.url(), 'no name stands in an address').not.toContain('nurse')
  await check('audit-entries')

  await page.getByRole('link', { name: /^Signed in/ }).first().click()
  await expect(page.getByRole('heading', { level: 1, name: 'Signed in' })).toBeVisible()
  await expect(page.getByRole('main')).toContainText('Username typed')
  await expect(page.getByRole('main')).toContainText(/leads to the checkpoint of \d+ entries|not yet in the signed chain/)
  await check('audit-entry')

  // Reading is in the trail itself.
  await page.goto('/account/history')
  await expect(page.getByRole('main')).toContainText('Audit read')
  await check('history')
})

test('what was done at an organisation is looked up with the keyboard alone', async ({ page, as }) => {
  await as('auditor')
  await page.goto('/audit')
  const stops = await walkWithTab(page)
  for (const field of ['username', 'child_number', 'from', 'until', 'Look up']) {
    expect(stops, `${field} is a stop`).toContain(field)
  }
  await page.locator('#organisation').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Signed in')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Entries of the audit trail' })).toBeVisible()
})

test('a manager takes a monthly evidence pack, to print and to work with', async ({ page, as, check }) => {
  await as('manager')
  await page.goto('/evidence')
  await check('evidence')
  for (const [kind, ending] of [
    ['PDF', 'pdf'],
    ['CSV', 'csv'],
  ] as const) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: new RegExp(`^${kind} of`) }).first().click(),
    ])
    expect(download.suggestedFilename()).toMatch(new RegExp(`^evidence-pack-\\d{4}-\\d{2}\\.${ending}$`))
  }
})

test('a practitioner is refused the trail of others', async ({ page, as, check }) => {
  await as('nurse')
  const answer = await page.goto('/audit')
  expect(answer?.status()).toBe(403)
  await check('audit-refused')
})
