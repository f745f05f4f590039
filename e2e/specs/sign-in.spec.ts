import { expect, test } from '../fixtures/index.ts'
import { accounts, fillCode, fillPassword } from '../fixtures/sign-in.ts'

test('a person signs in with a code and states a reason before the first search', async ({ page, directory, check }) => {
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  await check('sign-in')

  await fillPassword(page, accounts.newcomer)
  await expect(page.getByLabel('Code')).toBeVisible()
  await check('code')

  await fillCode(page, await directory.code(accounts.newcomer.username))
  await expect(page.getByRole('group', { name: 'Why are you looking for a child?' })).toBeVisible()
  await check('reason')

  await page.goto('/search')
  await expect(page.getByRole('group', { name: 'Why are you looking for a child?' })).toBeVisible()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('alert')).toContainText('Select why you are looking')
  await check('reason-not-chosen')

  await page.getByRole('radio').first().check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Find a child' })).toBeVisible()
  await check('search')

  await page.goto('/figures')
  await check('figures-refused')
  await page.goto('/account')
  await check('account')

  const menu = page.getByRole('button', { name: 'Menu' })
  if (await menu.isVisible()) await menu.click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await check('signed-out')
  await page.goto('/search')
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
})

test('a wrong password and an unknown name are refused in the same words', async ({ page, check }) => {
  const refusals: string[] = []
  for (const username of [accounts.newcomer.username, 'nobody-of-this-name']) {
    await page.goto('/sign-in')
    await fillPassword(page, { username, password: 'not the password' })
    refusals.push(await page.getByRole('alert').innerText())
  }
  expect(refusals[1]).toBe(refusals[0])
  await check('sign-in-refused')
})

test('an address that does not exist is answered plainly', async ({ page, check }) => {
  const answer = await page.goto('/no-such-page')
  expect(answer?.status()).toBe(404)
  await check('not-found')
})
