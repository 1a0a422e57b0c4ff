import { existsSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { startS3Server } from '../../support/s3-server/server.ts';
import { lifeboat } from './lifeboat.ts';

// 130 is in interruption.test.ts.
let server: PostgresServer;
let vault: string;

beforeAll(async () => {
  vault = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
  server = await startPostgres({ major: 18 });
});
afterAll(async () => {
  await server.stop();
  rmSync(vault, { recursive: true, force: true });
});

/** Runs it and expects an error with this exit code: as JSON on stdout, and nothing beside. */
async function failing(
  exitCode: number,
  code: string,
  argv: string[],
  environment: Record<string, string> = {},
) {
  const ended = await lifeboat([...argv, '--json'], { environment });
  expect(ended).toMatchObject({ exitCode });
  expect(JSON.parse(ended.stdout).error).toMatchObject({ code, exitCode });
  expect(ended.stderr).toBe('');
  expect(ended.stdout).not.toMatch(/\n\s+at /);
  return ended;
}

const source = (url: string) => ({ LIFEBOAT_SOURCE_URL: url, LIFEBOAT_VAULT: vault });

/** An environment in which a script runs before the command. */
function preloaded(script: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

it('0: what was asked for is done', async () => {
  expect(await lifeboat(['list', '--vault', vault])).toMatchObject({ exitCode: 0, stderr: '' });
});

it('1: a defect', async () => {
  // A clock that breaks in the middle of a listing: nothing that anybody foresaw.
  const listing = ['list', '--vault', vault];
  const clock = 'Date.prototype.toISOString = () => { throw new Error("broken clock"); }';
  await failing(1, 'unexpected', listing, preloaded(clock));
  // The same where nobody waits for it, as soon as somebody could hear it.
  const unheard = `const on = process.on;
    process.on = (name, ...rest) => {
      if (name === 'uncaughtException') setImmediate(() => { throw new Error('broken postgres://a:hunter22@b'); });
      return on.call(process, name, ...rest);
    }`;
  const ended = await failing(1, 'unexpected', listing, preloaded(unheard));
  expect(JSON.parse(ended.stdout).error.what).toMatch(/^broken postgres:\/\/a:\*+@b\.$/);
});

it('2: a wrong command line', async () => {
  await failing(2, 'command-line-invalid', ['list', '--vault', vault, '--class', 'hourly']);
  await failing(2, 'source-not-named', ['backup', '--vault', vault]);
});

it('3: a source that cannot be reached, or refuses', async () => {
  const wrongPassword = server.url().replace(server.password, 'hunter22');
  const ended = await failing(3, 'source-password-refused', ['backup'], source(wrongPassword));
  expect(ended.stderr + ended.stdout).not.toContain('hunter22');
  await failing(3, 'source-database-missing', ['backup'], source(server.url('nowhere')));
});

it('4: a vault that is not there or refuses, or does not hold that backup', async () => {
  await failing(4, 'vault-missing', ['list', '--vault', join(vault, 'none')]);
  await failing(4, 'backup-none', ['drill', '--vault', vault]);
  await failing(4, 'vault-missing', ['backup', '--vault', join(vault, 'none')], source(server.url()));
  expect(existsSync(join(vault, 'none'))).toBe(false);
  const s3 = await startS3Server({ writeOnce: true });
  try {
    const environment = { ...s3.environment(), AWS_SECRET_ACCESS_KEY: 'not the right one' };
    await failing(4, 'vault-credentials-wrong', ['list', '--vault', `s3://${s3.bucket}/x`], environment);
  } finally {
    await s3.stop();
  }
});

it('5: a damaged backup', async () => {
  const place = { ...FIXTURE_PLACE, source: 'damaged' };
  const archive = await writeFixtureArchive(openDirectoryStore(vault), { place });
  truncateSync(join(vault, archive.keyOf('post-data')), 10);
  const ended = await lifeboat(['verify', '--vault', vault, '--name', 'damaged', '--json']);
  expect(ended).toMatchObject({ exitCode: 5, stderr: '' });
  expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'damaged' });
  truncateSync(join(vault, 'daily/damaged', place.backupId, 'manifest.json'), 10);
  await failing(5, 'manifest-invalid', ['show', 'latest', '--vault', vault, '--name', 'damaged']);
  rmSync(join(vault, 'daily'), { recursive: true });
});

it('6: a drill that finds a difference', async () => {
  await server.run('CREATE TABLE one (id integer); INSERT INTO one VALUES (1)');
  expect(await lifeboat(['backup', '--name', 'six'], { environment: source(server.url()) })).toMatchObject({
    exitCode: 0,
  });
  const argv = [
    'drill',
    '--vault',
    vault,
    '--name',
    'six',
    '--check',
    'two=SELECT count(*) FROM public.one=2',
  ];
  expect((await lifeboat(argv)).exitCode).toBe(6);
  rmSync(join(vault, 'manual'), { recursive: true });
});
