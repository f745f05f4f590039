import { expect, test } from '../fixtures/index.ts'

test('anyone reads the published figures and becomes a witness, without a cookie', async ({ page, context, check }) => {
  await page.goto('/published')
  await expect(page.getByRole('heading', { level: 1, name: 'Published figures' })).toBeVisible()
  await expect(page.getByRole('main')).toContainText('contactpoint audit checkpoint 1')
  await check('published')
  expect(await context.cookies(), 'no cookie is set').toEqual([])

  const [json, csv, checkpoint, key] = await Promise.all(
    ['/published.json', '/published.csv', '/published/checkpoint.txt', '/published/audit-key.txt'].map((path) =>
      page.request.get(path),
    ),
  )
  for (const answer of [json, csv, checkpoint, key]) expect(answer?.status()).toBe(200)
  const told = await json?.json()
  expect(await checkpoint?.text()).toBe(`${told.checkpoint.text}\n`)
  expect(await key?.text()).toBe(`${told.audit_key}\n`)
})
