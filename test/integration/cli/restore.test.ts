import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { objectsIn, oneValue } from '../restore/restore-world.ts';
import { lifeboat, startLifeboat } from './lifeboat.ts';

const SMALL_SHOP = readFileSync(new URL('small-shop.sql', import.meta.url), 'utf8');

let server: PostgresServer;
let vault: TestVault;
let name: string;
beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  vault = await testVault();
  await server.run('CREATE DATABASE shop');
  await server.run(SMALL_SHOP, 'shop');
  const { place } = await takeBackup(server.url('shop'), vault, { tiers: [['customers']] });
  name = `manual/test/${place.backupId}`;
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

const environment = (target: string) => ({
  LIFEBOAT_VAULT: vault.directory,
  LIFEBOAT_TARGET_URL: server.url(target),
  // A pipe is a pipe, whatever the terminal could.
  TERM: 'xterm-256color',
  COLORTERM: 'truecolor',
});

it('tells its plan to a script, changes nothing for a no, and asks nobody who is not there', async () => {
  await server.run('CREATE DATABASE asked');
  const run = (...argv: string[]) =>
    lifeboat(['restore', '--unproven', ...argv], { environment: environment('asked') });
  const dry = await run('--dry-run', '--json');
  expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(dry.stdout)).toMatchObject({
    name,
    dryRun: true,
    plan: { target: { database: 'asked', holds: null }, tiers: [['customers'], []], rows: 5500 },
  });
  expect(await run('--yes', 'shop')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /--yes names shop, but the target is the database asked\.[\s\S]*Nothing was changed/,
    ),
  });
  expect(await run()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes asked') });
  expect(await run('--tier', 'customers', '--no-tiers')).toMatchObject({ exitCode: 2 });
  expect(await objectsIn(server, 'asked')).toEqual([]);
});

it('puts no control character and no progress into a pipe', async () => {
  const { exitCode, stdout, stderr } = await lifeboat(
    ['restore', '--unproven', '--create-database', '--yes', 'piped'],
    { environment: environment('piped') },
  );
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^Tier 1 can be used after [\d.]+ m?s: customers\.\n$/);
  expect(stdout.startsWith(`${name}: restored into piped.\n`)).toBe(true);
  expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
});

it('says at Ctrl-C what state things are in, and goes on from there', async () => {
  // A database that is in use, in which the first table waits for us.
  await server.run('CREATE DATABASE busy');
  await server.run('CREATE TABLE kept (id int)', 'busy');
  const holder = await server.connect('busy');
  await holder.query('BEGIN; CREATE TABLE public.customers ()');
  const argv = ['restore', '--unproven', '--into-existing', '--yes', 'busy'];
  const { child, ended } = startLifeboat(argv, { environment: environment('busy') });
  const waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted";
  await vi.waitUntil(async () => (await oneValue(server, 'busy', waiting)) === '1', { timeout: 60_000 });
  child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await ended;
  await holder.end();
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
  expect(stderr).toMatch(/The restore into busy is not complete: do not use it yet\./);
  expect(stderr).toMatch(/kept as manual\/busy-before-restore\//);
  expect(stderr).toContain(`lifeboat restore ${name} --resume`);
  expect(stderr).not.toContain('drop the database');

  const again = await lifeboat(['restore', '--resume', '--yes', 'busy', '--json'], {
    environment: environment('busy'),
  });
  expect(again.exitCode).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({
    outcome: 'restored',
    resumed: true,
    totals: { rows: 5500 },
  });
  expect(await oneValue(server, 'busy', "SELECT to_regclass('kept') IS NOT NULL")).toBe(true);
  expect(await oneValue(server, 'busy', 'SELECT count(*) FROM orders')).toBe('5000');
});
