import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from './lifeboat.ts';

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));
const MARK = 'This is the bundle.';

let checkout: string;
const inCheckout = (path: string) => join(checkout, path);
const BUNDLE = 'node_modules/.cache/lifeboat/command';

/** Some of what it is made of. */
const SOURCES = [
  'lib/engine/ground/version.ts',
  'bin/lifeboat.ts',
  'lib/engine/schema-dump/pg-dump-worker.ts',
  'package.json',
  'node_modules/.package-lock.json',
];
const LONG_AGO = new Date('2026-01-01');

beforeAll(() => {
  checkout = copyOfCheckout();
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

/** With the same packages, and a folder of its own for what is kept among them. */
function copyOfCheckout(): string {
  const copy = mkdtempSync(join(tmpdir(), 'lifeboat-checkout-'));
  for (const part of ['bin', 'lib', 'docs/runbook.md', 'package.json']) {
    cpSync(join(CHECKOUT, part), join(copy, part), { recursive: true });
  }
  const packages = join(CHECKOUT, 'node_modules');
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(packages)) {
    if (name !== '.cache') symlinkSync(join(packages, name), join(copy, 'node_modules', name));
  }
  rmSync(join(copy, 'node_modules/.package-lock.json'));
  cpSync(join(packages, '.package-lock.json'), join(copy, 'node_modules/.package-lock.json'));
  return copy;
}

function build(): string {
  return execFileSync(process.execPath, [inCheckout('bin/build.mjs')], { encoding: 'utf8' });
}

/** And makes it say so when it runs. */
function buildMarked(): void {
  build();
  const entry = inCheckout(`${BUNDLE}/lifeboat.mjs`);
  writeFileSync(entry, `process.stderr.write('${MARK}');\n${readFileSync(entry, 'utf8')}`);
}

/** What a command says on stderr tells whether it is the bundle's. */
async function isBundleRun(environment: Record<string, string> = {}): Promise<boolean> {
  const ended = await lifeboat(['--version'], { launcher: inCheckout('bin/lifeboat.mjs'), environment });
  expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  return ended.stderr.includes(MARK);
}

describe('the bundle of the command', () => {
  beforeAll(() => {
    for (const path of SOURCES) utimesSync(inCheckout(path), LONG_AGO, LONG_AGO);
    buildMarked();
  });

  it('is what is run', async () => {
    expect(await isBundleRun()).toBe(true);
  });

  it('can be read by others than who made it', () => {
    expect(statSync(inCheckout(BUNDLE)).mode & 0o777).toBe(0o755);
  });

  it.each(SOURCES)('is left alone when %s is another one', async (path) => {
    utimesSync(inCheckout(path), LONG_AGO, new Date());
    expect(await isBundleRun()).toBe(false);
    utimesSync(inCheckout(path), LONG_AGO, LONG_AGO);
    expect(await isBundleRun()).toBe(true);
  });

  it('is left alone for who looks for a defect', async () => {
    expect(await isBundleRun({ LIFEBOAT_DEBUG: '1' })).toBe(false);
  });

  it('is not missed', async () => {
    rmSync(inCheckout(BUNDLE), { recursive: true });
    expect(await isBundleRun()).toBe(false);
  });
});

describe('from the bundle', () => {
  let server: PostgresServer;
  let directory: string;
  beforeAll(async () => {
    build();
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
    server = await startPostgres({ major: 15 });
    await server.run(
      `CREATE TABLE ship (id int PRIMARY KEY, name text); INSERT INTO ship VALUES (1, 'Titanic')`,
    );
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  afterEach(() => rmSync(join(directory, 'vault'), { recursive: true, force: true }));

  it('a database is backed up and proven, its threads found, and a data directory kept for the next drill', async () => {
    const environment = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: join(directory, 'vault') };
    const launcher = inCheckout('bin/lifeboat.mjs');
    const backup = await lifeboat(['backup', '--create-vault', '--json'], { environment, launcher });
    expect(backup).toMatchObject({ exitCode: 0, stderr: '' });
    const drill = await lifeboat(['drill', '--json'], { environment, launcher });
    expect(drill).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(drill.stdout)).toMatchObject({ verdict: 'proven' });
    expect(readdirSync(inCheckout('node_modules/.cache/lifeboat'))).toContainEqual(
      expect.stringMatching(/^data-directory-/),
    );
  });
});

describe('building it', () => {
  it('fails nobody: without esbuild the command runs from its sources', async () => {
    const lonely = copyOfCheckout();
    try {
      rmSync(join(lonely, 'node_modules/esbuild'));
      const told = execFileSync(process.execPath, [join(lonely, 'bin/build.mjs')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(told).toBe('');
      const ended = await lifeboat(['--version'], { launcher: join(lonely, 'bin/lifeboat.mjs') });
      expect(ended.exitCode).toBe(0);
      expect(readdirSync(join(lonely, 'node_modules/.cache/lifeboat'))).not.toContain('command');
    } finally {
      rmSync(lonely, { recursive: true, force: true });
    }
  });
});
