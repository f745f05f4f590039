import type { CDPSession, Page } from '@playwright/test'

import { expect, test } from '../fixtures/index.ts'
import { fillCode, fillPassword } from '../fixtures/sign-in.ts'

test.describe.configure({ mode: 'serial' })
test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'passkeys need a script; the fallback has a test of its own')

const trainer = { username: 'trainer', password: 'invented-children-only' }

/** A security key with a fingerprint reader, as Chromium pretends one. */
class Key {
  private constructor(
    private readonly devtools: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  static async in(page: Page): Promise<Key> {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    return new Key(devtools, authenticatorId)
  }

  async verifies(isUserVerified: boolean): Promise<void> {
    await this.devtools.send('WebAuthn.setUserVerified', { authenticatorId: this.authenticatorId, isUserVerified })
  }
}

test('a person makes a passkey, signs in with it, and proves afresh with it', async ({ page, directory, check }) => {
  const key = await Key.in(page)
  await page.goto('/sign-in')
  await fillPassword(page, trainer)
  await fillCode(page, await directory.code(trainer.username))
  await page.goto('/passkeys')
  await check('passkeys-none')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('alert')).toContainText('Select where the passkey will be kept')
  await check('passkey-new')

  await page.getByLabel('A security key').check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await check('passkey-make')
  await key.verifies(false)
  await page.getByRole('button', { name: 'Make the passkey' }).click()
  await expect(page.getByRole('alert')).toContainText('Your device did not confirm that it is you')
  await check('passkey-not-verified')
  await key.verifies(true)
  await page.getByRole('button', { name: 'Make the passkey' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your passkeys')
  await expect(page.getByText('Not used yet.')).toBeVisible()
  await check('passkeys')

  await page.context().clearCookies()
  await page.goto('/sign-in')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account')
  await expect(page.getByRole('definition').filter({ hasText: 'A passkey' })).toBeVisible()

  await page.goto('/step-up?then=/sessions')
  await check('step-up')
  await page.getByRole('button', { name: 'Use your passkey' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Where you are signed in')

  await page.context().clearCookies()
  await key.verifies(false)
  await page.goto('/sign-in')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('alert')).toContainText('Your device did not confirm that it is you')
  await check('sign-in-passkey-not-verified')
  await page.goto('/account')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')

  await key.verifies(true)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account')
  await page.goto('/passkeys')
  await page.getByRole('button', { name: /^Remove A security key/ }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Remove this passkey?')
  await check('passkey-remove')
  await page.getByRole('button', { name: 'Remove the passkey' }).click()
  await expect(page.getByText('You have no passkey yet.')).toBeVisible()

  await page.context().clearCookies()
  await page.goto('/sign-in')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('alert')).toContainText('The passkey is not one of an account here')
  await check('sign-in-passkey-refused')
})

test('an unknown username is asked for a passkey like any other', async ({ page }) => {
  const shapes: string[] = []
  for (const username of ['manager', 'nobody-of-this-name']) {
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.locator('details').evaluate((details: HTMLDetailsElement) => { details.open = true })
    await page.getByLabel('Username').fill(username)
    await page.getByRole('button', { name: 'Ask with my username' }).click()
    const options = JSON.parse((await page.locator('form[data-passkey]').getAttribute('data-options')) ?? '{}')
    // How many there are and how long differs from name to name, of people's own as of nobody's: the service's tests look at that.
    const { allowCredentials, challenge, ...others } = options.publicKey
    const kinds = [...new Set(allowCredentials.map((credential: object) => Object.keys(credential).sort().join()))]
    expect(allowCredentials.length).toBeGreaterThan(0)
    shapes.push(JSON.stringify({ ...others, kinds, challenge: challenge.length }))
  }
  expect(shapes[1]).toBe(shapes[0])
})
