import type { Page } from '@playwright/test'

import { expect, test } from '../fixtures/index.ts'
import { walkWithTab } from '../fixtures/every-page.ts'

// The tests share one directory: what one of them does to an organisation stays done. Nothing here takes anything from the
// trust whose nurse the other specs sign in as.
test.describe.configure({ mode: 'serial' })

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })

/** Opens the organisation whose name ends with this. */
async function open(page: Page, name: RegExp): Promise<void> {
  await page.goto('/organisations')
  await page.getByRole('link', { name }).first().click()
  await expect(heading(page, '')).toHaveText(name)
}

/** Tabs until the field of this id has the focus. */
async function tabTo(page: Page, id: string): Promise<void> {
  for (let stop = 0; stop < 60; stop += 1) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return
  }
  throw new Error(`no Tab reaches ${id}`)
}

test('organisations are listed by name and filtered by where they stand', async ({ page, as, check }) => {
  await as('central')
  await page.goto('/organisations')
  await expect(heading(page, 'Organisations')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Harbour Children’s Charity' }).or(page.getByRole('link', { name: "Harbour Children's Charity" }))).toBeVisible()
  await check('organisations')
  await page.getByLabel('Kind').selectOption('national_source')
  await button(page, 'Show').click()
  await expect(page.getByRole('link', { name: 'General Register Office' })).toBeVisible()
  await expect(page.getByRole('link', { name: /Charity/ })).toHaveCount(0)
  await page.getByLabel('Accreditation').selectOption('suspended')
  await button(page, 'Show').click()
  await expect(page.getByRole('main')).toContainText('No organisation fits')
  await check('organisations-none')
  await page.goto('/accreditation/criteria')
  await expect(page.getByRole('main')).toContainText('gross misconduct')
  await check('accreditation-criteria')
})

test('a manager registers a clinic, says whom to reach and withdraws it', async ({ page, as, check }) => {
  await as('manager')
  await page.goto('/organisations')
  await page.getByRole('link', { name: 'Register an organisation' }).click()
  await button(page, 'Register').click()
  await expect(page.getByRole('alert')).toContainText('Enter the name')
  await check('organisation-register-faults')
  await page.getByLabel('Name', { exact: true }).fill('Quarry Road Clinic')
  await page.getByLabel('Sector').selectOption('general_practice')
  await button(page, 'Register').click()
  await expect(heading(page, 'Quarry Road Clinic')).toBeVisible()
  await expect(page.getByRole('main')).toContainText('Not accredited yet')
  await page.getByRole('link', { name: 'Change whom to reach' }).click()
  await page.getByLabel('Name (security)').fill('Imogen Farrow')
  await button(page, 'Save').click()
  await expect(page.getByRole('alert')).toContainText('Enter the person’s post')
  await check('organisation-contacts-faults')
  await page.getByLabel('Post (security)').fill('Practice manager')
  await page.getByLabel('Telephone (security)').fill('01632 960142')
  await page.getByLabel('E-mail address (security)').fill('imogen@quarry.example')
  await button(page, 'Save').click()
  await expect(page.getByRole('main')).toContainText('Imogen Farrow')
  await check('organisation')
  await page.getByRole('link', { name: 'Change this organisation' }).click()
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Quarry Road Clinic')
  await check('organisation-change')
  await page.goBack()
  await page.getByRole('link', { name: 'Withdraw this organisation' }).click()
  await check('organisation-withdraw')
  await button(page, 'Withdraw for good').click()
  await expect(page.getByRole('main')).toContainText('Withdrawn')
})

test('three people bring an accreditation about, and one of them alone cannot', async ({ page, as, check }) => {
  test.setTimeout(420_000)
  await as('lead')
  await open(page, /Community Health Trust$/)
  await check('organisation-of-the-lead')
  await button(page, 'Apply for a change').click()
  await expect(heading(page, 'What will your organisation do?')).toBeVisible()
  const yes = await page.getByLabel('Yes', { exact: true }).all()
  expect(yes).toHaveLength(8)
  for (const answer of yes) await answer.check()
  await check('accreditation-questions')
  await button(page, 'Save the answers').click()
  const application = page.url()
  await check('accreditation-draft')
  await page.getByRole('link', { name: 'Hand in' }).click()
  await button(page, 'Hand in').click()
  await expect(page.getByRole('alert')).toContainText('Give evidence for these criteria first')
  await check('accreditation-hand-in-faults')
  await page.goto(application)
  const areas = await page.getByRole('link', { name: /^Evidence: / }).allTextContents()
  for (const [at, area] of areas.entries()) {
    await page.getByRole('link', { name: area, exact: true }).click()
    const fields = await page.getByLabel(/^Reference for /).all()
    if (at === 0) {
      await fields[0]?.fill('the policy')
      await button(page, 'Save').click()
      await expect(page.getByRole('alert')).toContainText('enter a reference like')
      await check('accreditation-evidence-faults')
    }
    for (const field of await page.getByLabel(/^Reference for /).all()) await field.fill('POL-2026/014')
    await button(page, 'Save').click()
    await expect(page).toHaveURL(application)
  }
  await page.getByRole('link', { name: 'Hand in' }).click()
  await check('accreditation-hand-in')
  await button(page, 'Hand in').click()
  await expect(page.getByRole('main')).toContainText('Waits for assessment')

  await as('manager')
  await page.goto('/accreditation')
  await check('accreditation-waiting')
  await page.getByRole('link', { name: /Community Health Trust/ }).click()
  await page.getByRole('link', { name: 'Send it back to the organisation' }).click()
  await check('accreditation-send-back')
  await page.goto(application)
  await page.getByRole('link', { name: 'Judge the next criterion' }).click()
  await page.getByLabel('Met with a condition').check()
  await button(page, 'Save and go on').click()
  await expect(page.getByRole('alert')).toContainText('Select what is lacking')
  await check('accreditation-judge-faults')
  await page.getByLabel('If with a condition: what is lacking?').selectOption('not_yet_written')
  await page.getByLabel('If with a condition: within how long?').selectOption('3')
  await button(page, 'Save and go on').click()
  for (let judged = 1; judged < 60 && page.url() !== application; judged += 1) {
    await page.getByLabel('Met', { exact: true }).check()
    await button(page, 'Save and go on').click()
  }
  await button(page, 'Finish the assessment').click()
  await expect(page.getByRole('main')).toContainText('somebody else must decide it')
  await check('accreditation-assessed')
  await page.goto(`${application}/decide`)
  await page.getByLabel('Grant it').check()
  await button(page, 'Record the decision').click()
  await expect(page.getByRole('alert')).toContainText('You took part in the assessment')

  await as('manager2')
  await page.goto(`${application}/decide`)
  await check('accreditation-decide')
  await page.getByLabel('Grant it').check()
  await button(page, 'Record the decision').click()
  await expect(page.getByRole('main')).toContainText('Granted')
  await check('accreditation-granted')
  await open(page, /Community Health Trust$/)
  await expect(page.getByRole('main')).toContainText('A condition must be met by')
  await check('organisation-with-a-condition')
  await page.getByRole('link', { name: /^S1: / }).click()
  await check('organisation-condition')
})

test('a capability is switched off with the keyboard alone, and on again by somebody else', async ({
  page,
  as,
  check,
}) => {
  await as('partnermanager')
  await open(page, /Charity$/)
  await page.getByRole('link', { name: 'Suspend it, or switch one capability off' }).click()
  // Keys go to the page that is shown, which is the one before for a while.
  await expect(button(page, 'Switch off now')).toBeVisible()
  const stops = await walkWithTab(page)
  expect(stops).toContain('Switch off now')
  await page.reload()
  await check('organisation-suspend')
  await tabTo(page, 'what')
  for (let down = 0; down < 8; down += 1) await page.keyboard.press('ArrowDown')
  await expect(page.getByLabel('Report the death of a child')).toBeChecked()
  await tabTo(page, 'reason')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toContainText('Switched off: A breach of security')
  await check('organisation-with-one-off')
  await page.getByRole('link', { name: 'Reinstate it, or switch a capability on again' }).click()
  await page.getByLabel('Report the death of a child').check()
  await button(page, 'Switch on again').click()
  await expect(page.getByRole('alert')).toContainText('Somebody else must switch it on again')
  await check('organisation-reinstate-faults')

  await as('partnermanager2')
  await open(page, /Charity$/)
  await page.getByRole('link', { name: 'Reinstate it, or switch a capability on again' }).click()
  await page.getByLabel('Report the death of a child').check()
  await button(page, 'Switch on again').click()
  await expect(page.getByRole('main')).not.toContainText('Switched off')
})

test('the auditor reads applications and changes nothing', async ({ page, as, check }) => {
  await as('auditor')
  await page.goto('/accreditation?state=granted')
  await page.getByRole('link', { name: /Community Health Trust/ }).click()
  await expect(page.getByRole('main')).toContainText('What happened')
  await expect(page.getByRole('heading', { name: 'What to do' })).toHaveCount(0)
  await check('accreditation-of-the-auditor')
})
