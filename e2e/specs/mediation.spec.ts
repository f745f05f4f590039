import { checkPage } from '../fixtures/every-page.ts'
import { expect, test } from '../fixtures/index.ts'
import { beside } from '../fixtures/in-person.ts'
import { stateReason } from '../fixtures/sign-in.ts'
import { cell, street, told } from '../fixtures/stories.ts'

test('a colleague approves on their own device, with the keyboard alone, and the record is shown once', async ({
  browser,
  directory,
  population,
  sessionOf,
  contextOptions,
}, info) => {
  test.slow()
  const jean = await told(population, 'jean', 'nhs-gp')
  const mediator = await beside(browser, directory, await sessionOf('socialworker'), contextOptions)
  const asker = await beside(browser, directory, await sessionOf('welfare'), contextOptions)
  const check = (page: typeof mediator, name: string) => checkPage(page, info, name)

  await stateReason(mediator, directory)
  await mediator.goto('/mediation')
  await check(mediator, 'mediation-empty')
  await mediator.getByRole('button', { name: 'Look up a child for a colleague' }).click()
  await check(mediator, 'mediation-search')

  const search = async (colleague: string, surname: string) => {
    await mediator.getByLabel('Your colleague’s username').fill(colleague)
    await mediator.getByLabel('Surname', { exact: true }).fill(surname)
    await mediator.getByLabel('Street', { exact: true }).fill(street(jean))
    await mediator.getByRole('button', { name: 'Search', exact: true }).click()
  }
  await search('socialworker', cell(jean, 'surname'))
  await expect(mediator.getByRole('alert')).toContainText('not your own')
  await search('nobody-of-this-name', cell(jean, 'surname'))
  await expect(mediator.getByRole('alert')).toContainText('You cannot look up for this username')
  await check(mediator, 'mediation-no-colleague')
  await search('welfare', 'Zzyzx')
  await expect(mediator.getByRole('heading', { level: 1, name: 'No child found' })).toBeVisible()
  await check(mediator, 'mediation-nothing')
  await search('welfare', cell(jean, 'surname'))
  await expect(mediator.getByRole('heading', { level: 1, name: '1 child found' })).toBeVisible()
  await check(mediator, 'mediation-results')

  await mediator.getByRole('button', { name: /^Ask for this record/ }).click()
  await expect(mediator.getByRole('main')).not.toContainText(cell(jean, 'surname'))
  await mediator.getByRole('button', { name: 'Ask your colleague' }).click()
  await expect(mediator.getByRole('alert')).toContainText('Select why your colleague needs')
  await check(mediator, 'mediation-reason')
  await mediator.getByRole('radio', { name: 'A concern about the child' }).check()
  await mediator.getByRole('button', { name: 'Ask your colleague' }).click()
  await expect(mediator.getByText('Waiting for your colleague')).toBeVisible()
  await expect(mediator.getByRole('button', { name: /^Open the record/ })).toHaveCount(0)
  await check(mediator, 'mediation-waiting')

  // The colleague works with the keyboard alone, in a session of their own.
  await asker.goto('/mediation')
  await check(asker, 'mediation-request')
  await expect(asker.getByRole('main')).not.toContainText(cell(jean, 'surname'))
  await asker.getByRole('button', { name: /^Read the request/ }).focus()
  await asker.keyboard.press('Enter')
  const facts = asker.getByRole('main')
  await expect(facts).toContainText('Sam Okafor')
  await expect(facts).toContainText(cell(jean, 'surname'))
  await expect(facts).toContainText('A concern about the child')
  await expect(facts).not.toContainText(cell(jean, 'postcode'))
  await check(asker, 'mediation-review')
  const stops: string[] = []
  for (let stop = 0; stop < 40 && stops.at(-1) !== 'Approve'; stop += 1) {
    await asker.keyboard.press('Tab')
    stops.push(await asker.evaluate(() => document.activeElement?.textContent?.trim() ?? ''))
  }
  expect(stops).toContain('Approve')
  await asker.keyboard.press('Enter')
  await expect(asker.getByRole('heading', { level: 1, name: 'You approved the request' })).toBeVisible()
  await check(asker, 'mediation-approved')

  await mediator.getByRole('link', { name: 'Check again' }).last().click()
  await check(mediator, 'mediation-ready')
  await mediator.getByRole('button', { name: /^Open the record/ }).click()
  await expect(mediator.getByRole('heading', { level: 1 })).toContainText(cell(jean, 'surname'))
  await expect(mediator.getByText('Shown once, for your colleague')).toBeVisible()
  expect(await mediator.title()).not.toContain(cell(jean, 'surname'))
  await check(mediator, 'mediation-record')

  await mediator.goto('/mediation')
  await expect(mediator.getByText('Record shown')).toBeVisible()
  await expect(mediator.getByRole('button', { name: /^Open the record/ })).toHaveCount(0)
  await check(mediator, 'mediation-shown')

  await mediator.goto('/permissions')
  await check(mediator, 'permissions')
  for (const page of [mediator, asker]) await page.context().close()
})
