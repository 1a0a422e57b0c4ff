import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's, or the one that LIFEBOAT_CHROMIUM names. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts a browser. Throws, with what to install, if there is none: a skipped look would be none. */
export async function startBrowser(): Promise<Browser> {
  const path = process.env.LIFEBOAT_CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (path === undefined) {
    throw new Error(
      'These tests need Chromium: `apt-get install chromium` on Debian, or name one with LIFEBOAT_CHROMIUM.',
    );
  }
  // Chromium refuses its sandbox to root. It opens pages of these tests alone.
  return await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
