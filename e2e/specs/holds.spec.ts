import { expect, test } from '../fixtures/index.ts'
import { lookFor, numberOn, openOnlyResult } from '../fixtures/looking.ts'
import { stateReason } from '../fixtures/sign-in.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test('two managers put a record under a legal hold and give it a later last day', async ({
  page,
  as,
  check,
  directory,
  population,
}) => {
  // A child of the managers' own authority.
  const girl = await told(population, 'sensitive_service', 'social-care')
  await as('manager')
  await stateReason(page, directory)
  await lookFor(page, { surname: cell(girl, 'surname'), street: street(girl) })
  await openOnlyResult(page)
  const number = await numberOn(page)
  await page.goto('/retention/holds')
  await check('holds-empty')
  await page.getByRole('button', { name: 'Propose the hold' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('holds-faults')
  const soon = new Date(Date.now() + 20 * 24 * 3600 * 1000)
  const day = async (group: string, on: Date) => {
    const fields = page.getByRole('group', { name: group })
    await fields.getByLabel('Day').fill(String(on.getUTCDate()))
    await fields.getByLabel('Month').fill(String(on.getUTCMonth() + 1))
    await fields.getByLabel('Year').fill(String(on.getUTCFullYear()))
  }
  await page.getByLabel('Child number').fill(number)
  await page.getByLabel(/court/i).first().check()
  await day('Last day of the hold', soon)
  await page.getByRole('button', { name: 'Propose the hold' }).click()
  await check('holds-proposed')

  await as('manager2')
  await stateReason(page, directory)
  await page.goto('/retention/holds')
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByText('Make it longer')).toBeVisible()
  await page.getByText('Make it longer').click()
  await page.getByRole('group', { name: 'New last day' }).getByLabel('Day').fill('31')
  await page.getByRole('group', { name: 'New last day' }).getByLabel('Month').fill('2')
  await page.getByRole('group', { name: 'New last day' }).getByLabel('Year').fill(String(soon.getUTCFullYear() + 1))
  await page.getByRole('button', { name: 'Propose the new last day' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await check('holds-longer-faults')
  // What was typed stands there still.
  await expect(page.getByRole('group', { name: 'New last day' }).getByLabel('Day')).toHaveValue('31')
  await day('New last day', new Date(soon.getTime() + 100 * 24 * 3600 * 1000))
  await check('holds-longer')
  await page.getByRole('button', { name: 'Propose the new last day' }).click()
  await expect(page.getByText('Another person decides')).toBeVisible()
  await check('holds-longer-proposed')

  await as('manager')
  await stateReason(page, directory)
  await expect(page.getByText('1 legal hold ends unless it is made longer')).toBeVisible()
  await page.goto('/retention/holds')
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByText('Another person decides')).toBeHidden()
  await check('holds-made-longer')

  // And back into the directory, for whoever comes next.
  await page.getByRole('button', { name: 'Propose the release' }).click()
  await as('manager2')
  await page.goto('/retention/holds')
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByText('There is none.')).toBeVisible()
})
