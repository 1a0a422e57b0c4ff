import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, readCatalog } from '../../../lib/engine/backup/read-catalog.ts';
import { NOTHING_OMITTED } from '../../../lib/engine/catalog/omissions.ts';
import { connect } from '../../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import type { QueryRows } from '../../../lib/engine/connection/query-rows.ts';
import { isOfSnapshot } from '../../../lib/engine/schema-dump/of-snapshot.ts';
import { type Coordinator, openCoordinator } from '../../../lib/engine/snapshot/coordinator.ts';
import { NewestState } from '../../../lib/engine/snapshot/newest-state.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
let watcher: pg.Client;
beforeAll(async () => {
  server = await startPostgres({ major: 15 });
  vault = await testVault();
  await server.run(`
    CREATE TABLE users (id int PRIMARY KEY, name text);
    INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 100) i;
    CREATE VIEW names AS SELECT name FROM users`);
  watcher = await server.connect();
});
afterAll(async () => {
  vault?.remove();
  await server?.stop();
});

it('pg_dump does not wait behind a migration that waits for the backup', async () => {
  const migration = await server.connect();
  let altered: Promise<unknown> | undefined;
  const beforeStep = async (step: string) => {
    if (step !== 'done' || altered) return;
    // To write the definition of the view, the server locks the table. Only the coordinator has that lock.
    altered = migration.query('ALTER TABLE users ADD COLUMN later int');
    await untilWaiting(migration);
  };
  const { manifest } = await takeBackup(server.url(), vault, { jobs: 1, coordinatorOptions: { beforeStep } });
  expect(manifest.tables[0]).toMatchObject({ name: 'users', rows: 100, columns: ['id', 'name'] });
  await altered;
  await migration.end();
});

describe('beside the fingerprint', () => {
  const FINGERPRINT = 'json_build_array';

  it('pg_dump reads what the snapshot decides, and waits with the rest', async () => {
    await withCoordinator(async (coordinator, newest) => {
      const gate = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const query: QueryRows = async (sql) => {
        if (sql.includes(FINGERPRINT)) {
          held.resolve();
          await gate.promise;
        }
        return await coordinator.query(sql);
      };
      const reading = read({ ...coordinator, query }, newest);
      await held.promise;
      await expect.poll(lastOfPgDump, { timeout: 10_000 }).toMatch(/^SELECT conrelid, confrelid FROM/);
      expect(isOfSnapshot(await lastOfPgDump())).toBe(true);
      gate.resolve();
      expect((await reading).preData.toString()).toContain('CREATE VIEW public.names');
    });
  });

  it('pg_dump is stopped when something else cannot be read', async () => {
    await withCoordinator(async (coordinator, newest) => {
      const reason = new Error('no fingerprint');
      const query: QueryRows = async (sql) => {
        if (!sql.includes(FINGERPRINT)) return await coordinator.query(sql);
        await expect.poll(lastOfPgDump, { timeout: 10_000 }).toMatch(/^SELECT conrelid, confrelid FROM/);
        throw reason;
      };
      await expect(read({ ...coordinator, query }, newest)).rejects.toBe(reason);
      expect(await newest.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  it('pg_dump does not begin where there is no further connection, and the coordinator dumps', async () => {
    await withCoordinator(async (coordinator) => {
      const settings = connectionSettings(server.url().replace(/:\d+\//, ':1/'));
      const nowhere = new NewestState(settings, coordinator.exportedSnapshot, { attempts: 1 });
      expect((await read(coordinator, nowhere)).preData.toString()).toContain('CREATE VIEW public.names');
    });
  });
});

async function read(coordinator: Coordinator, newest: NewestState): Promise<Catalog> {
  const { signal } = new AbortController();
  return await readCatalog(coordinator, {
    signal,
    profile: 'plain',
    omissions: NOTHING_OMITTED,
    newest,
  });
}

async function withCoordinator(use: (coordinator: Coordinator, newest: NewestState) => Promise<void>) {
  const settings = connectionSettings(server.url());
  const session = await connect(settings);
  const coordinator = await openCoordinator(session, { signal: new AbortController().signal });
  const newest = new NewestState(settings, coordinator.exportedSnapshot, {});
  try {
    await use(coordinator, newest);
  } finally {
    await Promise.all([coordinator.release(), newest.end()]);
    await session.end();
  }
}

/** The last query in a session of Lifeboat that looks like one of pg_dump. */
async function lastOfPgDump(): Promise<string> {
  const { rows } = await watcher.query(
    `SELECT query FROM pg_stat_activity WHERE application_name = 'lifeboat' AND query ~ '^(SELECT|EXECUTE|PREPARE) [a-z]'
      AND query !~ 'json_build_array|lifeboat'`,
  );
  return rows.map(({ query }) => String(query)).join('\n');
}

async function untilWaiting(waiting: pg.Client): Promise<void> {
  const { processID } = waiting as unknown as { processID: number };
  const waitsFor = async () =>
    (await watcher.query(`SELECT wait_event_type AS w FROM pg_stat_activity WHERE pid = ${processID}`))
      .rows[0]?.w;
  await expect.poll(waitsFor, { timeout: 10_000 }).toBe('Lock');
}
