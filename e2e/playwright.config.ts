import { existsSync } from 'node:fs'

import { defineConfig, devices } from '@playwright/test'

// Debian's Chromium, not a downloaded browser; without its window where that can be had. It must neither phone home nor remember.
const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path))
const launchOptions = {
  executablePath: process.env.CONTACTPOINT_CHROMIUM ?? installed,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 900 }, launchOptions }
const phone = { ...devices['Desktop Chrome'], viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, launchOptions }

// The work of managers and auditors, public pages, what two people do side by side, and what needs a key or a provider that only a desk has. A phone goes the way
// of who looks for a child.
const AT_A_DESK =
  /(accounts|alerts|audit|brokering|connections|families|identities|joiners|mediation|organisations|overrides|passkey|provider|published|recovery|register|retention|sessions|shields|sources)\.spec\.ts/

// What must work when scripts do not: looking for a child, and signing in to do so.
const WITHOUT_SCRIPTS = /(search|shield|sign-in)\.spec\.ts/

export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results',
  // Each worker starts a directory of its own, and the tests of one file share it in order.
  fullyParallel: false,
  workers: 2,
  retries: process.env.CI ? 1 : 0,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['html', { open: 'never' }]],
  use: { locale: 'en-GB', timezoneId: 'Europe/London', trace: process.env.CI ? 'on-first-retry' : 'retain-on-failure' },
  projects: [
    { name: 'desktop', use: desktop },
    { name: 'phone', use: phone, testIgnore: AT_A_DESK },
    { name: 'no-javascript', use: { ...desktop, javaScriptEnabled: false }, testMatch: WITHOUT_SCRIPTS },
  ],
})
