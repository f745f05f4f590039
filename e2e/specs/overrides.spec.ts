import { expect, test } from '../fixtures/index.ts'
import type { Directory } from '../fixtures/binary.ts'
import { lookFor, openOnlyResult, words } from '../fixtures/looking.ts'
import { stateReason } from '../fixtures/sign-in.ts'
import { cell, street, told } from '../fixtures/stories.ts'

/** A code works once: the next one is at most half a minute away. */
async function nextCode(directory: Directory, username: string, spent: string): Promise<string> {
  let code = spent
  await expect.poll(async () => (code = await directory.code(username)), { timeout: 40_000 }).not.toBe(spent)
  return code
}

test('a shield is overridden after a warning and a proof, for minutes, and closed', async ({
  page,
  as,
  check,
  directory,
  population,
}) => {
  test.slow()
  const child = await told(population, 'shielded', 'schools-census')
  await as('socialworker')
  const spent = await directory.code('socialworker')
  await stateReason(page, directory)
  await lookFor(page, {
    surname: cell(child, 'surname'),
    forenames: cell(child, 'forenames'),
    born: cell(child, 'date_of_birth'),
  })
  await openOnlyResult(page)
  expect(await words(page)).not.toContain(street(child))
  await check('override-offered')
  await page.getByRole('button', { name: 'Override the shield' }).click()
  await check('override-warning')
  await page.getByRole('button', { name: 'Override the shield' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('override-warning-faults')
  // With the keyboard alone, as somebody in a hurry may.
  await page.getByRole('radio').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Confirm that it is you' })).toBeVisible()
  await check('override-proof')
  await page.getByLabel('6-digit code').fill(await nextCode(directory, 'socialworker', spent))
  await page.getByRole('button', { name: 'Confirm', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Close this record' })).toBeVisible()
  expect(await words(page)).toContain(street(child))
  await check('override-record')
  await page.goto('/record/override/shown')
  expect(await words(page)).toContain(street(child))
  await page.getByRole('button', { name: 'Close this record' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'This record is closed' })).toBeVisible()
  await check('override-closed')
  await page.goto('/record/override/shown')
  expect(await words(page)).not.toContain(street(child))
  await page.goto('/record/override/second')
  await check('override-second')
})

test('the archive asks for a number and a reason, and tells nothing of a number it has not', async ({
  page,
  as,
  check,
  directory,
}) => {
  await as('dataadmin')
  await stateReason(page, directory)
  await page.goto('/record/archive')
  await page.getByRole('button', { name: 'Open the record' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('archive')
})
