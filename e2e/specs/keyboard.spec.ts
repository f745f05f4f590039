import { expect, test } from '../fixtures/index.ts'
import { walkWithTab } from '../fixtures/every-page.ts'

test('the sign-in page is worked with the keyboard alone', async ({ page }) => {
  await page.goto('/sign-in')
  const stops = await walkWithTab(page)
  expect(stops.indexOf('username')).toBeGreaterThan(0)
  expect(stops.indexOf('password')).toBeGreaterThan(stops.indexOf('username'))
  expect(stops.indexOf('Continue')).toBeGreaterThan(stops.indexOf('password'))
})

test('the search page is worked with the keyboard alone', async ({ page, searching }) => {
  void searching
  const stops = await walkWithTab(page)
  for (const field of ['surname', 'forenames', 'birth_day', 'street', 'postcode', 'school', 'Search']) {
    expect(stops, `${field} is a stop`).toContain(field)
  }
  await page.locator('#surname').focus()
  await page.keyboard.type('Zzyzx')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toBeVisible()
})

test('the skip link leads to the main content', async ({ page }) => {
  await page.goto('/sign-in')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#main-content$/)
})
