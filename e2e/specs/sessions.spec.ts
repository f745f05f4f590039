import { walkWithTab } from '../fixtures/every-page.ts'
import { expect, test } from '../fixtures/index.ts'
import { fillCode, fillPassword } from '../fixtures/sign-in.ts'

test.describe.configure({ mode: 'serial' })

const partner = { username: 'partnermanager', password: 'invented-children-only' }

test('a person sees where they are signed in and ends it there', async ({ page, directory, check }) => {
  await page.goto('/sign-in')
  await fillPassword(page, partner)
  await fillCode(page, await directory.code(partner.username))
  await page.goto('/account')
  await check('account-of-ones-own')
  await page.getByRole('link', { name: 'Where you are signed in' }).click()
  await expect(page.getByText('This one', { exact: true })).toBeVisible()
  await check('sessions')

  // The same cookie in another kind of browser is a stolen one: it ends for both.
  const cookies = await page.context().cookies(directory.address.replace('http:', 'https:'))
  const session = cookies.find((cookie) => cookie.name === '__Host-contactpoint')
  const thief = await fetch(`${directory.address}/account`, {
    redirect: 'manual',
    headers: { cookie: `__Host-contactpoint=${session?.value}`, 'user-agent': 'curl/8.5.0' },
  })
  expect(thief.status).toBe(303)
  expect(thief.headers.get('location')).toBe('/sign-in')
  await page.goto('/account')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
})

test('a new password, by keyboard alone', async ({ page, as, check }) => {
  await as('helpdesk')
  await page.goto('/password')
  const stops = await walkWithTab(page)
  expect(stops).toEqual(expect.arrayContaining(['Back to your account']))
  await page.getByLabel('Password of now', { exact: true }).focus()
  await page.keyboard.type('invented-children-only')
  await page.getByLabel('New password', { exact: true }).focus()
  await page.keyboard.type('password12345')
  await page.getByLabel('New password again', { exact: true }).focus()
  await page.keyboard.type('password12345')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('guessed first')
  await check('password-refused')
  await page.getByLabel('Password of now', { exact: true }).focus()
  await page.keyboard.type('invented-children-only')
  await page.getByLabel('New password', { exact: true }).focus()
  await page.keyboard.type('seven quiet otters swim')
  await page.getByLabel('New password again', { exact: true }).focus()
  await page.keyboard.type('seven quiet otters swim')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your password is changed')
  await check('password-changed')
})

test('a new authenticator shows its key, and a wrong code changes nothing', async ({ page, as, check }) => {
  await as('auditor')
  await page.goto('/authenticator')
  await check('authenticator')
  await page.getByLabel('6-digit code of the new authenticator').fill('000000')
  await page.getByRole('button', { name: 'Use the new authenticator' }).click()
  await expect(page.getByRole('alert')).toContainText('The code is not the new one’s')
  await check('authenticator-refused')
})

test('a step-up leads on to our own pages only', async ({ page, as, check }) => {
  await as('trainer')
  for (const then of ['https://evil.example', '//evil.example', '/sign-in/provider/answer', '/search?x=//evil.example']) {
    await page.goto(`/step-up?then=${encodeURIComponent(then)}`)
    await expect(page.locator('form[action="/step-up"] input[name=then]')).toHaveValue('')
  }
  await page.goto('/step-up?then=/sessions')
  await expect(page.locator('form[action="/step-up"] input[name=then]')).toHaveValue('/sessions')
  await page.getByLabel('6-digit code').fill('12')
  await page.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByRole('alert')).toContainText('Enter the 6 digits your device shows')
  await check('step-up-refused')
})
