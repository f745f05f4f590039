import { checkPage } from '../fixtures/every-page.ts'
import { expect, test } from '../fixtures/index.ts'
import { authenticator, beside } from '../fixtures/in-person.ts'
import { fillCode, fillPassword } from '../fixtures/sign-in.ts'

const NEW_PASSWORD = 'harbour lantern teapot'

test('two user managers recover an account in person, and its holder sets new details and is told', async ({
  browser,
  directory,
  page: holder,
  sessionOf,
  contextOptions,
}, info) => {
  test.slow()
  const check = (page: typeof holder, name: string) => checkPage(page, info, name)
  const first = await beside(browser, directory, await sessionOf('usermanager'), contextOptions)
  const second = await beside(browser, directory, await sessionOf('usermanager2'), contextOptions)
  const old = await beside(browser, directory, await sessionOf('doctor'), contextOptions)

  await first.goto('/enrolment')
  await first.getByLabel('Username of the account').fill('doctor')
  await first.getByRole('button', { name: 'Show the code' }).click()
  await expect(first.getByRole('alert')).toContainText('Start a recovery')
  await check(first, 'enrolment-used-before')

  await first.goto('/recovery')
  await check(first, 'recovery-empty')
  await first.getByRole('button', { name: 'Start a recovery' }).click()
  await first.getByRole('button', { name: 'Propose the recovery' }).click()
  await expect(first.getByRole('alert')).toContainText('Select which document you looked at')
  await check(first, 'recovery-new')
  const propose = async (username: string) => {
    await first.getByLabel('Username of the account').fill(username)
    await first.getByRole('radio', { name: 'Staff card' }).check()
    await first.getByLabel('Number of the document').fill('SC-20931')
    await first.getByRole('button', { name: 'Propose the recovery' }).click()
  }
  await propose('usermanager')
  await expect(first.getByRole('alert')).toContainText('You cannot recover your own account')
  await propose('doctor')
  await expect(first.getByText('Waiting for another user manager')).toBeVisible()
  await expect(first.getByRole('button', { name: /^Approve/ })).toHaveCount(0)
  await check(first, 'recovery-waiting')

  await second.goto('/recovery')
  await expect(second.getByRole('main')).toContainText('Ewan Baptiste')
  await expect(second.getByRole('main')).toContainText('SC-20931')
  await check(second, 'recovery-decide')
  await second.getByRole('button', { name: /^Approve/ }).click()
  await check(second, 'recovery-approved')

  await old.goto('/account')
  await expect(old.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()

  await first.goto('/recovery')
  await first.getByRole('button', { name: /^Show the enrolment code/ }).click()
  const code = await first.locator('#enrolment-code').innerText()
  expect(code.replaceAll('-', '')).toMatch(/^[0-9A-Z]{32}$/)
  await check(first, 'enrolment-code')

  await holder.goto('/enrol')
  await check(holder, 'enrol')
  await holder.getByLabel('Username').fill('doctor')
  await holder.getByLabel('Enrolment code').fill('wrong-code')
  await holder.getByRole('button', { name: 'Continue' }).click()
  await expect(holder.getByRole('alert')).toContainText('do not belong together')
  await check(holder, 'enrol-refused')
  await holder.getByLabel('Enrolment code').fill(code.toLowerCase())
  await holder.getByRole('button', { name: 'Continue' }).click()
  const secret = await holder.locator('#secret').innerText()
  await check(holder, 'enrol-keys')
  await holder.getByLabel('New password', { exact: true }).fill('too short')
  await holder.getByLabel('6-digit code').fill(authenticator(secret))
  await holder.getByRole('button', { name: 'Save' }).click()
  await expect(holder.getByRole('alert')).toContainText('12 characters or more')
  expect(await holder.locator('#secret').innerText(), 'the key stays the same').toBe(secret)
  await holder.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD)
  await holder.getByLabel('6-digit code').fill(authenticator(secret))
  await holder.getByRole('button', { name: 'Save' }).click()
  await expect(holder.getByRole('heading', { level: 1, name: 'You can sign in now' })).toBeVisible()
  await check(holder, 'enrol-done')

  await holder.getByRole('button', { name: 'Sign in' }).click()
  await fillPassword(holder, { username: 'doctor', password: NEW_PASSWORD })
  // The code that proved the authenticator is spent; the next one is at most half a minute away and one step of skew is borne.
  await fillCode(holder, authenticator(secret, Date.now() + 30_000))
  await expect(holder.getByRole('heading', { level: 1, name: 'Your sign-in details were replaced' })).toBeVisible()
  await expect(holder.getByRole('main')).toContainText('Rosalind Achebe')
  await expect(holder.getByRole('main')).toContainText('Piotr Zielinski')
  await check(holder, 'recovery-told')
  await holder.getByRole('button', { name: 'I asked for this' }).click()
  await expect(holder.getByRole('group', { name: 'Why are you looking for a child?' })).toBeVisible()
  for (const page of [first, second, old]) await page.context().close()
})
