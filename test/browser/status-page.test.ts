import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTROLS } from '../../lib/engine/evidence/controls.ts';
import { gatherEvidence } from '../../lib/engine/evidence/gather-evidence.ts';
import { pruneOutlooks } from '../../lib/engine/keep/prune-outlook.ts';
import { DEFAULT_LIMITS } from '../../lib/engine/status/limits.ts';
import { readStatus } from '../../lib/engine/status/read-status.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { evidencePage } from '../../lib/present/html/evidence/evidence-page.ts';
import { statusPage } from '../../lib/present/html/status/status-page.ts';
import { startBrowser } from './browser.ts';
import { HOSTILE, NOW, VAULTS } from './vaults.ts';

/** Where pictures go that people want to look at. @default - none are taken */
const PICTURES = process.env.LIFEBOAT_PICTURES;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 375, height: 812 };

let browser: Browser;
let directory: string;

beforeAll(async () => {
  browser = await startBrowser();
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-browser-'));
  if (PICTURES !== undefined) mkdirSync(PICTURES, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Looked {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

/** Opens a page as a person does, and notes what the browser says of it. */
async function open(file: string, options: Parameters<Browser['newPage']>[0]): Promise<Looked> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, complaints, requests };
}

async function violationsOf(page: Page): Promise<string[]> {
  // By the debugger, because the page's own policy forbids every script.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    async () => await (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  );
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}

describe.each(Object.entries(VAULTS))('a vault with %s', (name, write) => {
  let file: string;

  beforeAll(async () => {
    const vault = join(directory, name);
    mkdirSync(vault);
    await write(vault);
    const store = openDirectoryStore(vault);
    const { signal } = new AbortController();
    const status = await readStatus({
      store,
      limits: DEFAULT_LIMITS,
      now: NOW,
      mayHoldCopies: true,
      readOnesOwn: pruneOutlooks,
      signal,
    });
    file = join(directory, `${name}.html`);
    writeFileSync(file, statusPage(status, { title: 'production', region: 'eu-central-1' }));
  });

  it.each(['light', 'dark'] as const)(
    'passes an axe check, asks for nothing, and runs nothing (%s)',
    async (colorScheme) => {
      const { page, complaints, requests } = await open(file, { viewport: DESKTOP, colorScheme });
      // Those of one source: all of them are alike, and a thousand rows take axe minutes.
      for (const details of await page.locator('article:first-of-type details').all()) {
        await details.evaluate((one) => one.setAttribute('open', ''));
      }
      expect(await violationsOf(page)).toEqual([]);
      expect({ complaints, requests, title: await page.title() }).toEqual({
        complaints: [],
        requests: [pathToFileURL(file).href],
        title: expect.stringMatching(/: production – Lifeboat$/),
      });
      await page.close();
    },
  );

  it('fits a phone, and can be read without a script', async () => {
    const { page } = await open(file, { viewport: PHONE, javaScriptEnabled: false });
    const [main] = await page.locator('main').all();
    const box = await main?.boundingBox();
    expect(box?.width).toBeLessThanOrEqual(PHONE.width);
    await page.close();
    const counted = await open(file, { viewport: PHONE });
    expect(await counted.page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await counted.page.close();
  });

  it('is reached by the keyboard: first the way past everything, then each source', async () => {
    const { page } = await open(file, { viewport: DESKTOP });
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.className')).toBe('skip');
    const cards = await page.locator('.card a').count();
    for (let index = 0; index < Math.min(cards, 3); index += 1) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate("document.activeElement?.closest('.card') !== null")).toBe(true);
    }
    await page.close();
  });

  it('prints', async () => {
    const { page } = await open(file, { viewport: DESKTOP, colorScheme: 'dark' });
    const pdf = await page.pdf({
      format: 'A4',
      margin: { top: '14mm', bottom: '14mm', left: '14mm', right: '14mm' },
    });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    if (PICTURES !== undefined) writeFileSync(join(PICTURES, `${name}.pdf`), pdf);
    await page.emulateMedia({ media: 'print' });
    // Paper is white, whatever the screen is.
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  it.runIf(PICTURES !== undefined)('has its picture taken', async () => {
    for (const [look, options] of [
      ['desktop', { viewport: DESKTOP, colorScheme: 'light' }],
      ['dark', { viewport: DESKTOP, colorScheme: 'dark' }],
      ['phone', { viewport: PHONE, colorScheme: 'light', deviceScaleFactor: 2 }],
    ] as const) {
      const { page } = await open(file, options);
      await page.screenshot({ path: join(PICTURES ?? '', `${name}-${look}.png`), fullPage: true });
      await page.close();
    }
  });
});

it.each([
  ['light', DESKTOP],
  ['dark', DESKTOP],
  ['light', PHONE],
] as const)('the report for auditors passes an axe check (%s, %o)', async (colorScheme, viewport) => {
  const report = await gatherEvidence({
    store: openDirectoryStore(join(directory, 'failures')),
    period: { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-30T00:00:00Z') },
    ...{ targets: { drillEveryMs: 86_400_000 }, keys: [], trail: [], signal: new AbortController().signal },
  });
  const file = join(directory, 'evidence.html');
  writeFileSync(file, evidencePage(report, CONTROLS));
  const { page, complaints, requests } = await open(file, { viewport, colorScheme });
  expect(await violationsOf(page)).toEqual([]);
  expect({ complaints, requests }).toEqual({ complaints: [], requests: [pathToFileURL(file).href] });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
  expect(await page.locator('script, img').count()).toBe(0);
  await page.close();
});

it('shows those of twenty that are not safe first', async () => {
  const { page } = await open(join(directory, 'twenty.html'), { viewport: PHONE });
  const names = await page.locator('.card a').allTextContents();
  expect(names.slice(0, 3)).toEqual(['service-07', 'service-13', 'service-01']);
  await page.close();
});

it('shows what tries to be markup as the text that it is', async () => {
  const { page } = await open(join(directory, 'failures.html'), { viewport: DESKTOP });
  expect(await page.locator('script, img').count()).toBe(0);
  // The sign that turns the direction of the line is written out.
  expect(await page.locator('article#source-hostile').textContent()).toContain(
    HOSTILE.replace('\u202e', '\\u202e'),
  );
  await page.close();
});
