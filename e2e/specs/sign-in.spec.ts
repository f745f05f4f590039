import type { Page } from '@playwright/test'

import { expect, test } from '../fixtures/index.ts'
import { lookFor, numberOn, openOnlyResult, results } from '../fixtures/looking.ts'
import { accounts, fillCode, fillPassword } from '../fixtures/sign-in.ts'
import { cell, street, told } from '../fixtures/stories.ts'

/** What the browser holds once it has come to rest: a page that it may not keep is asked for anew, and not given. */
async function settled(page: Page): Promise<string> {
  await page.waitForLoadState('load').catch(() => null)
  for (;;) {
    try {
      return await page.content()
    } catch {
      await page.waitForTimeout(100)
    }
  }
}

test('a person signs in with a code, states a reason before the first search, and leaves nothing in the browser', async ({
  page,
  directory,
  population,
  check,
}) => {
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

  const jean = await told(population, 'jean', 'nhs-gp')
  await page.goto('/search')
  await lookFor(page, { surname: cell(jean, 'surname'), street: street(jean) })
  await expect(results(page)).toHaveCount(1)
  await openOnlyResult(page)
  const number = await numberOn(page)

  const menu = page.getByRole('button', { name: 'Menu' })
  if (await menu.isVisible()) await menu.click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await check('signed-out')
  // Whoever comes to this screen next presses Back.
  const before = await page.evaluate(() => history.length)
  expect(before).toBeGreaterThan(5)
  for (let pressed = 1; pressed < before; pressed += 1) {
    await page.goBack({ timeout: 5_000 }).catch(() => null)
    const seen = await settled(page)
    for (const hidden of [cell(jean, 'surname'), cell(jean, 'postcode'), number]) expect(seen).not.toContain(hidden)
  }
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
