import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TestVault, testVault } from '../support/vaults.ts';
import { lifeboat, startLifeboat } from './cli/lifeboat.ts';
import { hashOf, oneValue, SMALL_COMPANY } from './restore/restore-world.ts';

/** The night for which the rest exists, by the command alone: each test goes on where the one before it ended. */

let server: PostgresServer;
let vault: TestVault;
let linesBefore: unknown;
let usersBefore: unknown;
beforeAll(async () => {
  server = await startPostgres({ major: 17, settings: { wal_level: 'logical' } });
  vault = await testVault();
  await server.run('CREATE ROLE company_app LOGIN; CREATE ROLE company_owner');
  await server.run('CREATE DATABASE company TEMPLATE template0');
  await server.run(SMALL_COMPANY, 'company');
  // Its partitions go by the hash of an enum, whose values have other OIDs in another database: there rows change places.
  await server.run('DROP TABLE app.hashed', 'company');
  linesBefore = await hashOf(server, 'company', 'app.lines');
  usersBefore = await hashOf(server, 'company', 'auth.users');
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

/** What a person has in the environment that night: where backups are, and the database that is in trouble. */
const environment = () => ({
  LIFEBOAT_VAULT: vault.directory,
  LIFEBOAT_SOURCE_URL: server.url('company'),
});

/** In a pipe nothing else is said of what goes well. */
const ANNOUNCEMENTS = /^(Tier \d can be used after [\d.]+ (ms|s): [\w., ]+\.\n)*$/;

async function told(argv: readonly string[], target?: string) {
  const { exitCode, stdout, stderr } = await lifeboat([...argv, '--json'], {
    environment: { ...environment(), ...(target ? { LIFEBOAT_TARGET_URL: server.url(target) } : {}) },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringMatching(ANNOUNCEMENTS) });
  return { ...JSON.parse(stdout), announced: stderr };
}

/** What docs/cli.md says that a command prints with `--json`. */
function documented(command: string): string[] {
  const row = CLI_PAGE.split('\n').find((line) => line.startsWith(`| \`${command}\` |`)) ?? '';
  return [...row.replace('`name` and its parts', ITS_PARTS).matchAll(/`(\w+)`/g)].map(
    ([, field = '']) => field,
  );
}

const CLI_PAGE = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const ITS_PARTS = '`name`, `retentionClass`, `source`, `backupId`';

it('there is a backup, and a drill has proven it', async () => {
  const tiers = ['--tier', 'auth', '--tier', 'app.orders,app.lines'];
  expect(await told(['backup', ...tiers])).toMatchObject({ outcome: 'sealed', source: 'company' });
  expect((await told(['drill'])).verdict).toMatch(/^proven/);
});

it('then somebody drops a table, and spoils another one', async () => {
  await server.run(
    `DROP TABLE app.lines;
     UPDATE auth.users SET email = 'nobody@example.com' WHERE id = 7;
     INSERT INTO auth.users (email) VALUES ('somebody.new@example.com');
     DELETE FROM app.orders WHERE user_id IN (8, 9);
     DELETE FROM auth.users WHERE id IN (8, 9)`,
    'company',
  );
});

it('browse finds the rows', async () => {
  const { child, ended } = startLifeboat(['browse', '--json'], { environment: environment() });
  let text = '';
  const open = await new Promise<pg.ClientConfig>((resolve) => {
    child.stdout?.on('data', (piece) => {
      text += piece;
      if (text.endsWith('}\n')) resolve(JSON.parse(text));
    });
  });
  const { host, port, user, password, database } = open as Required<pg.ClientConfig>;
  const client = new pg.Client({ host, port, user, password, database });
  client.on('error', () => {});
  await client.connect();
  expect((await client.query('SELECT count(*)::int FROM app.lines')).rows).toEqual([{ count: 9000 }]);
  expect((await client.query('SELECT email FROM auth.users WHERE id IN (7, 8) ORDER BY id')).rows).toEqual([
    { email: 'user7@example.com' },
    { email: 'user8@example.com' },
  ]);
  await client.end();
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
});

it('the lost table comes back beside what is there, under another name', async () => {
  const lost = ['restore', '--table', 'app.lines', '--as', 'app.lines_of_the_backup'];
  const refused = await lifeboat([...lost, '--yes', 'company'], {
    environment: { ...environment(), LIFEBOAT_TARGET_URL: server.url('company') },
  });
  expect(refused).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('--into-source') });

  const report = await told([...lost, '--into-source', '--yes', 'company'], 'company');
  expect(report).toMatchObject({
    outcome: 'restored',
    safetyBackup: null,
    totals: { tables: 1, rows: 9000 },
  });
  expect(await hashOf(server, 'company', 'app.lines_of_the_backup')).toBe(linesBefore);
  // Nothing else was touched.
  expect(await oneValue(server, 'company', "SELECT to_regclass('app.lines') IS NULL")).toBe(true);
  expect(await oneValue(server, 'company', 'SELECT email FROM auth.users WHERE id = 7')).toBe(
    'nobody@example.com',
  );
});

it('diff tells what else has changed', async () => {
  const report = await told(['diff']);
  const states = Object.fromEntries(report.tables.map((one: { name: string }) => [one.name, one]));
  expect(states['app.lines']).toMatchObject({ state: 'gone' });
  expect(states['app.lines_of_the_backup']).toMatchObject({ state: 'new' });
  expect(states['auth.users']).toMatchObject({ state: 'differs', deleted: 2, added: 1, changed: 1 });
  expect(states['auth.users'].examples.changed).toEqual([{ key: { id: '7' } }]);
  expect(states['app.orders']).toMatchObject({ state: 'differs', deleted: 12, added: 0, changed: 0 });
  expect(states['app.events_2024']).toMatchObject({ state: 'same' });
});

it('everything comes back into a new database, row for row what the backup holds', async () => {
  const report = await told(['restore', '--create-database', '--yes', 'company_again'], 'company_again');
  expect(report).toMatchObject({ outcome: 'restored', totals: { differing: 0, skipped: 0 } });
  const { announced, ...printed } = report;
  expect(Object.keys(printed).filter((field) => !documented('restore').includes(field))).toEqual([]);
  expect(report.recoveryTimeMs).toBeGreaterThan(0);
  // The backup knows itself what is wanted first.
  expect(announced).toMatch(
    /^Tier 1 can be used after .*: auth\.\nTier 2 can be used after .*: app\.orders, app\.lines\.\n$/,
  );
  expect(report.tiers).toHaveLength(3);
  expect(await hashOf(server, 'company_again', 'app.lines')).toBe(linesBefore);
  expect(await hashOf(server, 'company_again', 'auth.users')).toBe(usersBefore);

  const diff = await told(['diff', '--source', server.url('company_again')]);
  expect(diff.schema).toEqual([]);
  expect(diff.totals).toMatchObject({ deleted: 0, added: 0, changed: 0, unknown: 0 });
  expect(diff.tables.filter(({ state }: { state: string }) => state !== 'same')).toEqual([]);
  expect(diff.tables).toHaveLength(report.totals.tables);
});
