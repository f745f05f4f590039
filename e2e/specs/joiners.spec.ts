// A file of joiners is chosen on the page, tried, and carried out; the list of what runs out has the need for the job too.

import { expect, test } from '../fixtures/index.ts'

test('a file of joiners is chosen with the keyboard, tried and carried out', async ({ page, as, check }, info) => {
  await as('usermanager')
  await page.goto('/accounts/request')
  const organisation = await page.getByLabel('Organisation they work for').locator('option').nth(1).innerText()
  await page.goto('/accounts/import')
  await check('joiners-import')
  const header = await page.locator('.cp-wrap').innerText()
  const username = `chosen.${info.project.name}`
  const text = `${header}\njoin,${username},Chosen Joiner,"${organisation}",practitioner,,,,,,,,,,,,no\n`
  const file = { name: 'joiners.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }
  await page.getByRole('button', { name: 'Try it' }).press('Enter')
  await expect(page.getByRole('alert')).toContainText('Choose a file, or paste its text')
  await check('joiners-import-nothing')
  await page.getByRole('link', { name: 'Choose a file, or paste its text' }).press('Enter')
  await expect(page.getByLabel('Choose the CSV file')).toBeFocused()
  await page.getByLabel('Choose the CSV file').setInputFiles(file)
  await page.getByRole('button', { name: 'Try it' }).press('Enter')
  await expect(page.getByRole('main')).toContainText('Nothing was done yet')
  await check('joiners-import-tried')
  await page.getByRole('button', { name: 'Carry it out' }).press('Enter')
  await expect(page.getByRole('main')).toContainText('Done. 1 of 1')
})

test('what runs out soon has the need for the job', async ({ page, as, check }) => {
  await as('usermanager')
  await page.goto('/accounts/soon')
  await page.getByRole('link', { name: 'Need for the job confirmed' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'What runs out soon' })).toBeVisible()
  await check('joiners-need-ends')
})
