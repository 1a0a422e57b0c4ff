import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { lifeboat, startLifeboat } from '../cli/lifeboat.ts';
import { busyClients } from '../restore/busy-clients.ts';
import { oneValue } from '../restore/restore-world.ts';

/**
 * Nights of somebody who has only the command: one database, one backup, and a disaster in each test, after which `diff` finds
 * nothing but what came after the backup.
 */

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  server = await startPostgres({ major: 17, settings: { wal_level: 'logical' } });
  vault = await testVault();
  await server.run('CREATE DATABASE saas TEMPLATE template0');
  await server.run(readFileSync(new URL('saas.sql', import.meta.url), 'utf8'), 'saas');
  await told('backup');
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

const environment = () => ({ LIFEBOAT_VAULT: vault.directory, LIFEBOAT_SOURCE_URL: server.url('saas') });
const IN_PLACE = ['--into-source', '--unproven', '--yes', 'saas'];

async function told(...argv: readonly string[]) {
  const { exitCode, stdout, stderr } = await lifeboat([...argv, '--json'], { environment: environment() });
  expect({ exitCode, stderr, stdout: exitCode === 0 ? '' : stdout }).toEqual({
    exitCode: 0,
    // Which backup a time means, and nothing else.
    stderr: expect.stringMatching(/^(The backup is .*\n)?$/),
    stdout: '',
  });
  return JSON.parse(stdout);
}

/** What differs from the backup, of rows and of objects. */
async function differences(): Promise<string[]> {
  const { tables, schema } = await told('diff');
  return [
    ...tables
      .filter(({ state }: { state: string }) => state !== 'same')
      .map(
        ({ name, state, deleted, added, changed }: Record<string, unknown>) =>
          `${name} ${state} ${deleted} ${added} ${changed}`,
      ),
    ...schema.map(({ kind, name, change }: Record<string, unknown>) => `${kind} ${name} ${change}`),
  ];
}

it('brings back a table dropped with CASCADE while five clients read and write, and none of them waits long for a lock', async () => {
  await server.run('DROP TABLE app.tasks CASCADE', 'saas');
  expect((await differences()).length).toBeGreaterThan(4);
  const clients = await busyClients(server, {
    database: 'saas',
    clients: 5,
    statements: (client) => [
      // A wait for a lock that is longer fails, and that is not expected.
      "SET lock_timeout = '2s'",
      'SELECT count(*) FROM app.people WHERE tenant_id = 7',
      'SELECT count(*) FROM app.notes WHERE person_id = 7',
      `INSERT INTO app.log (what) VALUES ('client ${client}')`,
      `UPDATE app.notes SET body = body WHERE id = ${client + 1}`,
      'SELECT title FROM app.tasks WHERE id = 1',
    ],
    expects: ['42P01'],
  });
  await clients.progress(6);
  const report = await told('restore', '--table', 'app.tasks', ...IN_PLACE);
  await clients.progress(6);
  const { errors, longestMs, statements } = await clients.stop();
  console.log(`dropped table: ${statements} statements, the longest took ${Math.round(longestMs)} ms`);
  expect(errors).toEqual([]);
  expect(report).toMatchObject({ outcome: 'restored', totals: { tables: 1, rows: 3000 } });
  expect(await differences()).toEqual([expect.stringMatching(/^app\.log differs 0 \d+ 0$/)]);
  await server.run('DELETE FROM app.log', 'saas');
});

it('brings back a parent table of 5,000 rows to which others refer, by a dry run and a run that agree', async () => {
  await server.run("UPDATE app.people SET email = 'oops' || id", 'saas');
  const rows = ['restore', '--rows', '--table', 'app.people', '--overwrite'];
  expect(await told(...rows, '--dry-run')).toMatchObject({ dryRun: true, outcome: 'restored' });
  const report = await told(...rows, ...IN_PLACE);
  expect(report).toMatchObject({ outcome: 'restored', tables: [{ overwritten: 5_000 }] });
  expect(await differences()).toEqual([]);
});

it('brings back one tenant of a thousand with all that belongs to it, and undoes that', async () => {
  await server.run('DELETE FROM app.tenants WHERE id = 42', 'saas');
  expect(await differences()).toHaveLength(5);
  const one = ['restore', '--rows', '--table', 'app.tenants', '--where', 'id = 42', '--follow'];
  const report = await told(...one, ...IN_PLACE);
  expect(await differences()).toEqual(['app.log differs 0 1 0']);
  await told('restore', '--undo', report.safetyCopies[0], '--yes', 'saas');
  expect(await oneValue(server, 'saas', 'SELECT count(*)::int FROM app.people WHERE tenant_id = 42')).toBe(0);
  await server.run("INSERT INTO app.tenants VALUES (42, 'taken again'); DELETE FROM app.log", 'saas');
  await server.run("INSERT INTO app.people VALUES (90001, 42, 'newer')", 'saas');
  const whole = await told(...one, '--overwrite', '--delete-added', ...IN_PLACE);
  expect(whole).toMatchObject({ outcome: 'restored' });
  expect(await differences()).toEqual([]);
});

it('names who holds a table in an open transaction, and the same command goes on when it has ended', async () => {
  const holder = await server.connect('saas');
  await holder.query("SET application_name = 'accounting'; BEGIN; SELECT count(*) FROM app.notes");
  await server.run("UPDATE app.notes SET body = 'oops'", 'saas');
  const again = ['restore', '--table', 'app.notes', '--with-dependents', '--no-safety-backup', ...IN_PLACE];
  const refused = await lifeboat([...again, '--lock-patience', '1'], { environment: environment() });
  expect(refused).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('restore-lock-held') });
  expect(refused.stderr).toMatch(/pid \d+ \(postgres, application "accounting"[^)]*\) has locked app\.notes/);
  await holder.query('COMMIT');
  const { exitCode, stdout } = await lifeboat(again, { environment: environment() });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('1 table: as backed up when the interrupted run compared it');
  expect(stdout).toContain('because no safety backup is taken');
  expect(await differences()).toEqual([]);
});

it('takes the last state before a time, or says that there is none that old', async () => {
  const shown = await told('show', '--since', 'yesterday');
  expect(shown.source).toBe('saas');
  const none = await lifeboat(['show', '--before', '3 weeks ago'], { environment: environment() });
  expect(none).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('backup-not-in-time') });
});

it('goes on after it was killed, and says first what is done and what is left', async () => {
  const target = { ...environment(), LIFEBOAT_TARGET_URL: server.url('saas_new') };
  const argv = ['restore', '--create-database', '--unproven', '--yes', 'saas_new'];
  const { child, ended } = startLifeboat(argv, { environment: target });
  // Killed when its ledger knows of rows that are loaded.
  const loaded = () =>
    oneValue(server, 'saas_new', 'SELECT count(*)::int > 0 FROM lifeboat_restore.done').catch(() => false);
  while (child.exitCode === null && (await loaded()) !== true) await delay(20);
  child.kill('SIGKILL');
  await ended;
  const sessions =
    "SELECT count(*)::int FROM pg_stat_activity WHERE datname = 'saas_new' AND application_name LIKE 'lifeboat%'";
  while ((await oneValue(server, 'saas', sessions)) !== 0) await delay(50);
  const plan = await lifeboat([...argv.slice(0, 1), '--resume', '--unproven', '--dry-run'], {
    environment: target,
  });
  expect(plan.exitCode).toBe(0);
  expect(plan.stdout).toMatch(/^ {2}done .*\d+ of 5 tables/m);
  expect(plan.stdout).toMatch(/^ {2}left .*then everything is compared/m);
  const done = await lifeboat(['restore', '--resume', ...argv.slice(2), '--json'], { environment: target });
  expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'restored' });
});
