import { expect, type Page, test as base } from '@playwright/test'

import { checkPage } from '../fixtures/every-page.ts'
import { type Provided, startWithProvider } from '../fixtures/provider.ts'
import { accounts, fillCode, fillPassword } from '../fixtures/sign-in.ts'

const test = base.extend<{ check: (name: string) => Promise<void> }, { both: Provided }>({
  both: [
    async ({}, use) => {
      const both = await startWithProvider()
      await use(both)
      await both.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  baseURL: async ({ both }, use) => use(both.address),
  check: async ({ page }, use, info) => use((name) => checkPage(page, info, name)),
})

test.describe.configure({ mode: 'serial' })

async function throughTheTrust(page: Page, name: string, factors: 'Password and code' | 'Password only'): Promise<void> {
  await page.getByRole('button', { name: 'Continue to the trust' }).click()
  await expect(page.getByRole('heading', { name: 'The trust’s own sign-in' })).toBeVisible()
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: factors }).click()
}

async function signInThroughTheTrust(page: Page, name: string, factors: 'Password and code' | 'Password only'): Promise<void> {
  await page.goto('/sign-in')
  await page.getByRole('button', { name: 'Sign in through the trust' }).click()
  await throughTheTrust(page, name, factors)
}

test('a person whom nobody connected is refused in plain words', async ({ page, check }) => {
  await page.goto('/sign-in')
  await check('provider-sign-in')
  await page.getByRole('button', { name: 'Sign in through the trust' }).click()
  await check('provider-leaving')
  await throughTheTrust(page, 'anita-at-the-trust', 'Password and code')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('No account here is connected to yours')
  await check('provider-stranger')
  await page.goto('/account')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
})

test('a person connects their account, and from then on signs in through their organisation', async ({ page, both, check }) => {
  await page.goto('/sign-in')
  await fillPassword(page, accounts.looker)
  await fillCode(page, await both.code(accounts.looker.username))
  await page.goto('/account')
  await page.getByRole('link', { name: 'Your organisation’s sign-in' }).click()
  await check('provider-not-connected')
  await page.getByRole('button', { name: 'Connect to the trust' }).click()
  await throughTheTrust(page, 'anita-at-the-trust', 'Password and code')
  await expect(page.getByText('Your account is connected.')).toBeVisible()
  await check('provider-connected')

  await page.context().clearCookies()
  await signInThroughTheTrust(page, 'anita-at-the-trust', 'Password and code')
  await page.goto('/account')
  await expect(page.getByText('Your organisation’s sign-in').first()).toBeVisible()
  await expect(page.getByRole('definition').filter({ hasText: 'Anita Rao' })).toBeVisible()
})

test('a password alone at the organisation is not enough', async ({ page, check }) => {
  await signInThroughTheTrust(page, 'anita-at-the-trust', 'Password only')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('A second factor is needed')
  await check('provider-no-second-factor')
})

test('a forged state, a replayed answer and a stolen code sign nobody in', async ({ page, browser, both }) => {
  const answers: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/sign-in/provider/answer')) answers.push(request.url())
  })
  await signInThroughTheTrust(page, 'anita-at-the-trust', 'Password and code')
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeAttached()
  const answer = answers[0] ?? ''
  expect(answer).toContain('iss=')

  // The very same address in another browser: the question was not asked there.
  const thief = await browser.newPage()
  const stolen = await thief.goto(answer)
  expect(stolen?.status()).toBe(403)
  await expect(thief.getByRole('heading', { level: 1 })).toHaveText('Start signing in again')

  // In a browser that asked a question of its own: the state is another's.
  await thief.goto(`${both.address}/sign-in`)
  await thief.getByRole('button', { name: 'Sign in through the trust' }).click()
  expect((await thief.goto(answer))?.status()).toBe(403)
  await thief.goto(`${both.address}/account`)
  await expect(thief.getByRole('heading', { level: 1 })).toHaveText('Sign in')
  await thief.close()
})

test('who signs out at the organisation is signed out here', async ({ page, both }) => {
  await signInThroughTheTrust(page, 'anita-at-the-trust', 'Password and code')
  await page.goto('/account')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account')
  await page.goto(`${both.issuer}/session/end`)
  await page.getByRole('button', { name: /sign me out/i }).click()
  await page.waitForURL(/session\/end\/success/)
  await expect(async () => {
    await page.goto(`${both.address}/account`)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in', { timeout: 1000 })
  }).toPass({ timeout: 10_000 })
})

test('a logout that nobody signed ends nothing', async ({ request, both }) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'none' })}.${part({ iss: both.issuer, aud: 'contactpoint', sub: 'anita-at-the-trust' })}.`
  const answer = await request.post(`${both.address}/sign-in/provider/logout`, { form: { logout_token: token } })
  expect(answer.status()).toBe(400)
})
