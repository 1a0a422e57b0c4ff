import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { capture } from '../../lib/engine/capture/capture.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { parseLsn } from '../../lib/engine/pgoutput/lsn.ts';
import type { PlannedMoment } from '../../lib/engine/replay/plan/moment.ts';
import { type RestoreRequest, restore } from '../../lib/engine/restore/restore.ts';
import { intercept } from '../support/intercepted-store.ts';
import { planned, SERVER_SETTINGS, SOURCE } from '../support/pitr/moments.ts';
import { digests } from '../support/pitr/truth.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { lifeboat } from '../unit/cli/command-line.ts';

const RESTORE = fileURLToPath(new URL('../support/pitr/restore-process.ts', import.meta.url));
/** Each segment is an object of its own, and more than one batch of the replay. */
const SEGMENTS = 8;
const ROWS = 20_000;
const TABLES = ['rows', 'quiet'];

let vault: TestVault;
let server: PostgresServer;
let moment: PlannedMoment;
let lsn: string;
let truth: Record<string, string>;

beforeAll(async () => {
  vault = await testVault();
  server = await startPostgres({ major: 18, settings: SERVER_SETTINGS });
  await server.run('CREATE DATABASE shop TEMPLATE template0');
  await server.run(
    `CREATE TABLE rows (id int PRIMARY KEY, pad text, round int); CREATE TABLE quiet (id int PRIMARY KEY, pad text);
     INSERT INTO rows SELECT g, md5(random()::text), 0 FROM generate_series(1, 1000) g; INSERT INTO quiet SELECT g, 'x' FROM generate_series(1, 100) g`,
    'shop',
  );
  const request = { settings: connectionSettings(server.url('shop')), store: vault.store, source: SOURCE };
  const poll = () => capture({ ...request, memory: { holder: 'test' }, quietEntryEveryMs: 0 });
  await enable(request);
  await poll();
  await takeBackup(server.url('shop'), vault, {
    place: { retentionClass: 'manual', source: SOURCE, backupId: '20261120T000000Z' },
  });
  const client = await server.connect('shop');
  for (let round = 1; round <= SEGMENTS; round += 1) {
    await client.query(
      `INSERT INTO rows SELECT g, md5(random()::text), ${round} FROM generate_series(${round * 100_000}, ${round * 100_000 + ROWS - 1}) g`,
    );
    await client.query(
      `UPDATE rows SET round = ${round}, pad = md5(random()::text) WHERE id % 97 = ${round}`,
    );
    await client.query(`DELETE FROM rows WHERE id % 101 = ${round}`);
    await poll();
  }
  truth = await digests(client, TABLES);
  const { rows } = await client.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  lsn = rows[0]?.lsn ?? '';
  await client.query(`UPDATE rows SET pad = 'later'`);
  await client.end();
  for (let polls = 0; polls < 2; polls += 1) await poll();
  moment = await planned(vault, { kind: 'lsn', lsn: parseLsn(lsn) ?? 0n });
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

async function shown(database: string): Promise<Record<string, string>> {
  const client = await server.connect(database);
  const found = await digests(client, TABLES);
  await client.end();
  return found;
}

/** What the target notes of the replay; 0 before anything of it was committed. */
async function replayed(database: string): Promise<number> {
  const client = await server.connect(database);
  const { rows } = await client
    .query<{ transactions: number }>(
      `SELECT (state->>'transactions')::int AS transactions FROM lifeboat_restore.replayed`,
    )
    .catch(() => ({ rows: [] }));
  await client.end();
  return rows[0]?.transactions ?? 0;
}

/** The restores of a dead process keep their lock until the server has noticed. */
async function noSessions(database: string): Promise<void> {
  const client = await server.connect();
  await vi.waitFor(
    async () => {
      const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [database]);
      expect(rowCount).toBe(0);
    },
    { timeout: 60_000 },
  );
  await client.end();
}

it('lifeboat find looks into captured changes: at rows that no backup has, and at keys of deleted ones', async () => {
  const find = (where: string, ...more: readonly string[]) =>
    lifeboat(['find', '--vault', vault.directory, '--table', 'rows', '--where', where, ...more]);
  const changes = async (where: string) => {
    const ran = await find(where, '--json');
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    const found = JSON.parse(ran.stdout);
    expect(found).toMatchObject({ changesNotSearched: [], intervalsNotSearched: [] });
    expect(found.backups).toMatchObject([{ rows: 0 }]);
    return found.changes;
  };
  // Inserted, and written to once more; inserted, and deleted.
  for (const where of ['id = 800003', 'id = 800029'])
    expect(await changes(where)).toEqual([
      {
        ...{ source: SOURCE, epoch: 1, changes: 2, problem: null },
        ...{ first: expect.stringMatching(/^\d{4}-/), last: expect.stringMatching(/^\d{4}-/) },
      },
    ]);
  expect(await changes("id = 800003 AND pad = 'later'")).toMatchObject([{ changes: 1 }]);
  expect(await changes("pad = 'nobody'")).toMatchObject([{ changes: 0, first: null, last: null }]);
  const { stdout } = await find('id = 800003');
  expect(stdout).toMatch(/captured changes of \S+, epoch 1, hold such a row in 2 changes, from/);
});

describe('kill -9 of a restore to a moment', () => {
  const start = (database: string, waitsAt: number, resume = '') =>
    spawn(
      process.execPath,
      [RESTORE, server.url(database), `file://${vault.directory}`, lsn, String(waitsAt), resume],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );

  it.each([[[1]], [[3]], [[SEGMENTS]], [[2, 3, 2]]])(
    'between segments, and --resume shows it exactly: killed at %j',
    async (kills) => {
      const database = `killed_${kills.join('_')}`;
      await server.run(`CREATE DATABASE ${database} TEMPLATE template0`);
      let before = 0;
      for (const [run, waitsAt] of kills.entries()) {
        const child = start(database, waitsAt, run === 0 ? '' : 'resume');
        const [said] = await once(child.stdout, 'data');
        expect(String(said)).toBe('waits\n');
        child.kill('SIGKILL');
        await once(child, 'close');
        await noSessions(database);
        const now = await replayed(database);
        expect(now).toBeGreaterThanOrEqual(before);
        before = now;
      }
      if ((kills[0] ?? 0) > 1) expect(before).toBeGreaterThan(0);
      expect(await shown(database)).not.toEqual(truth);
      const child = start(database, 0, 'resume');
      const [said] = await once(child.stdout, 'data');
      expect(String(said)).toBe('restored true\n');
      await once(child, 'close');
      expect(await shown(database)).toEqual(truth);
    },
  );
});

describe('a target that somebody writes to while a moment is restored', () => {
  /** Runs a statement in the target before the third segment is replayed. */
  async function meddled(database: string, sql: string, more: Partial<RestoreRequest> = {}) {
    await server.run(`CREATE DATABASE ${database} TEMPLATE template0`);
    let segments = 0;
    const store = intercept(vault.store, {
      async *reading(key, pieces) {
        if (key.includes('/segments/')) segments += 1;
        if (key.includes('/segments/') && segments === 3) await server.run(sql, database);
        yield* pieces;
      },
    });
    const settings = connectionSettings(server.url(database));
    return await restore({ store, place: moment.base.place, moment, settings, unproven: true, ...more });
  }

  it('is noticed where a row is gone that a change is for', async () => {
    // The fifth round deletes it.
    const refused = meddled(
      'gone',
      `DELETE FROM rows WHERE id = (SELECT min(id) FROM rows WHERE id % 101 = 5)`,
    );
    await expect(refused).rejects.toMatchObject({ code: 'replay-mismatch' });
  });

  it.each([
    ['added', `INSERT INTO rows VALUES (-1, 'mine', 0)`],
    [
      'deleted',
      `DELETE FROM rows WHERE id = (SELECT max(id) FROM rows WHERE id < 1000 AND id % 97 > 20 AND id % 101 > 20)`,
    ],
    ['changed_quiet', `UPDATE quiet SET pad = 'mine' WHERE id = 7`],
  ])('is said where no change meets it: %s', async (name, sql) => {
    const report = await meddled(name, sql);
    const wrong = new Set(report.items.filter(({ verdict }) => verdict === 'differs').map((one) => one.name));
    expect([...wrong]).toEqual([name === 'changed_quiet' ? 'public.quiet' : 'public.rows']);
    expect(report.outcome).not.toBe('restored');
  });
});
