import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { writeFixtureArchive } from '../../support/archive-fixture.ts';
import { startS3Server } from '../../support/s3-server/server.ts';
import { lifeboat, startLifeboat } from './lifeboat.ts';

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));
const LAUNCHER = join(CHECKOUT, 'bin/lifeboat.mjs');

/** A Node that cannot run TypeScript, where the machine has one besides the project's own. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (path) =>
    existsSync(path) && Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'])) < 22,
);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('is executable, and what package.json calls lifeboat', () => {
  expect(packageJson.bin).toEqual({ lifeboat: 'bin/lifeboat.mjs', 'pg-lifeboat': 'bin/lifeboat.mjs' });
  expect(execFileSync(LAUNCHER, ['--version'], { encoding: 'utf8' })).toBe(`${packageJson.version}\n`);
});

describe('what Node made of the modules', () => {
  it('is kept for the next start', async () => {
    const cache = join(directory, 'compiled');
    await lifeboat(['--version'], { environment: { NODE_COMPILE_CACHE: cache } });
    expect(readdirSync(cache, { recursive: true }).length).toBeGreaterThan(5);
  });

  it('is done without where it cannot be kept', async () => {
    const ended = await lifeboat(['--version'], {
      environment: { NODE_COMPILE_CACHE: '/dev/null/compiled' },
    });
    expect(ended).toMatchObject({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });
});

describe.skipIf(oldNode === undefined)('started by a Node that cannot run TypeScript', () => {
  const node = oldNode ?? '';

  it("goes on with the project's own, its streams and exit code included", async () => {
    expect(await lifeboat(['--version'], { node })).toMatchObject({
      exitCode: 0,
      stdout: `${packageJson.version}\n`,
    });
    expect(await lifeboat(['list', '--json'], { node })).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining('vault-not-named'),
    });
  });

  it('says what to do where there is none', async () => {
    mkdirSync(join(directory, 'bin'));
    cpSync(LAUNCHER, join(directory, 'bin/lifeboat.mjs'));
    const ended = await lifeboat(['list'], { node, launcher: join(directory, 'bin/lifeboat.mjs') });
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(/needs Node\.js 22\.18 or later, but this is v\d+.*\n.*npm ci/);
    expect(ended.stderr.split('\n')).toHaveLength(3);
  });

  it('passes signals on, and hands the exit code back', async () => {
    const s3 = await startS3Server({ writeOnce: true });
    s3.onRequest = () => 'stall';
    const argv = ['list', '--vault', `s3://${s3.bucket}/x`];
    const { child, ended } = startLifeboat(argv, { node, environment: s3.environment() });
    await vi.waitUntil(() => s3.requests.length > 0, { timeout: 60_000 });
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('Nothing was changed'),
    });
    await s3.stop();
  });
});

describe('a reader that has seen enough', () => {
  it('is no error', async () => {
    await writeFixtureArchive(openDirectoryStore(directory));
    const { child, ended } = startLifeboat(['show', 'latest', '--vault', directory, '--json']);
    // Gone before the first byte: writing fails with EPIPE.
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
