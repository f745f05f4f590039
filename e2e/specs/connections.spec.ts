import { expect, test } from '../fixtures/index.ts'
import { passedReport } from '../fixtures/type-report.ts'

// What the first test registers the second one names.
test.describe.configure({ mode: 'serial' })

test('a product is registered and tested by one manager and accredited by another', async ({ page, as, check }) => {
  await as('manager')
  await page.goto('/products')
  await check('products-none')
  await page.getByRole('button', { name: 'Register' }).click()
  await expect(page.getByRole('alert')).toContainText('Enter who makes the product')
  await check('products-faults')
  await page.getByLabel('Supplier').fill('Harbour Systems')
  await page.getByLabel('Product', { exact: true }).fill('Case Keeper')
  await page.getByLabel('Version').fill('4.2')
  await page.getByLabel('Version').press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Case Keeper 4.2')
  await page.getByLabel('The signed report').setInputFiles({
    name: 'report.json',
    mimeType: 'application/json',
    buffer: passedReport('Harbour Systems', 'Case Keeper', '4.1'),
  })
  await page.getByRole('button', { name: 'Hand the report in' }).click()
  await expect(page.getByRole('alert')).toContainText('another product, supplier or version')
  await check('product-faults')
  await page.getByLabel('The signed report').setInputFiles({
    name: 'report.json',
    mimeType: 'application/json',
    buffer: passedReport('Harbour Systems', 'Case Keeper', '4.2'),
  })
  await page.getByRole('button', { name: 'Hand the report in' }).click()
  await expect(page.getByRole('heading', { name: 'A test waits for a decision' })).toBeVisible()
  await check('product-tested')
  const product = page.url()
  await as('manager2')
  await page.goto(product)
  await page.getByLabel('Accredit it', { exact: true }).focus()
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Record the decision' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toContainText('Accredited until')
  await check('product-accredited')
  await page.goto('/products')
  await expect(page.getByText('Accredited', { exact: true })).toBeVisible()
  await check('products')
})

test('a data administrator prepares a connection, and the page says what is missing', async ({ page, as, check }) => {
  await as('dataadmin')
  await page.goto('/connections')
  await check('connections')
  await page.getByRole('main').getByRole('link', { name: 'social-care' }).click()
  await check('connection')
  await page.getByLabel('Product', { exact: true }).selectOption({ label: 'Case Keeper 4.2 by Harbour Systems' })
  await page.getByRole('button', { name: 'Name the product' }).click()
  await expect(page.getByRole('main')).toContainText('This is an installation of Case Keeper 4.2')
  await page.getByLabel('Client certificate').check()
  await page.getByLabel('The credential').fill('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')
  await page.getByRole('button', { name: 'Register the credential' }).click()
  await expect(page.getByRole('alert')).toContainText('This is a private key')
  await check('connection-faults')
  await page.getByLabel('Client certificate').check()
  await page.getByLabel('The credential').fill('5a'.repeat(32))
  await page.getByRole('button', { name: 'Register the credential' }).click()
  await expect(page.getByText('Not confirmed')).toBeVisible()
  await page.getByLabel('It is no longer used').check()
  await page.getByRole('button', { name: 'Stop it now' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByText(/^WarningStopped on/)).toBeVisible()
  await check('connection-stopped')
  await page.setViewportSize({ width: 390, height: 844 })
  await check('connection-narrow')
  await page.goto('/connections')
  await check('connections-narrow')
  await as('manager')
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto('/sources')
  await expect(page.getByRole('main')).toContainText('Next: The installation was stopped')
  await page.getByRole('link', { name: 'connection of social-care' }).click()
  await page.getByRole('button', { name: 'Let it go on' }).click()
  await expect(page.getByText('Stopped on')).toHaveCount(0)
})
