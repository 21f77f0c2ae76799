/** What tests that open pages in headless Chromium share. */
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';

const executablePath = '/usr/bin/chromium';
export const installed = existsSync(executablePath);

/** Offline, and silent about it. https://peter.sh/experiments/chromium-command-line-switches/ */
export const launchOptions = {
  executablePath,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export const desktop = { viewport: { width: 1280, height: 900 } };
export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** Where ATELIER_SCREENSHOTS says, for people to look at. */
export const shots = process.env['ATELIER_SCREENSHOTS'];

/** Elsewhere than on Debian a browser is no requirement; `make setup` installs it where it can. */
export function skipWithoutChromium(context: TestContext): void {
  context.skip(!installed, `${executablePath} is not installed: apt-get install chromium`);
}
