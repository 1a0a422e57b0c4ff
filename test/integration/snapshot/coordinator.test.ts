import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import {
  type Coordinator,
  type CoordinatorOptions,
  type CoordinatorStep,
  openCoordinator,
} from '../../../lib/engine/snapshot/coordinator.ts';
import { openCopySession } from '../../../lib/engine/snapshot/copy-session.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 15, settings: { max_prepared_transactions: '5' } });
});
afterAll(() => server?.stop());

const never = new AbortController().signal;

async function freshDatabase(name: string): Promise<void> {
  await server.run(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  await server.run(`CREATE DATABASE "${name}"`);
  await server.run(
    `CREATE TABLE a AS SELECT g AS n, 'row ' || g AS t FROM generate_series(1, 1000) g;
     CREATE TABLE journal (what text)`,
    name,
  );
}

async function withCoordinator<T>(
  database: string,
  options: Partial<CoordinatorOptions>,
  use: (coordinator: Coordinator) => Promise<T>,
): Promise<T> {
  const session = await connect(connectionSettings(server.url(database)));
  try {
    const coordinator = await openCoordinator(session, { signal: never, ...options });
    try {
      return await use(coordinator);
    } finally {
      await coordinator.release();
    }
  } finally {
    await session.end();
  }
}

/** What a copying session sees, which is what would land in the backup. */
async function seenByCopySession(database: string, coordinator: Coordinator) {
  const settings = connectionSettings(server.url(database));
  const session = await openCopySession(settings, coordinator.exportedSnapshot, {});
  const { rows } = await session.client.query<{ a: number; journal: number }>(
    'SELECT (SELECT count(*)::int FROM public.a) AS a, (SELECT count(*)::int FROM public.journal) AS journal',
  );
  await session.end();
  return rows[0];
}

const STEPS: CoordinatorStep[] = ['list', 'begin', 'lock', 'snapshot', 'check', 'done'];
/** Each in one transaction with a line in the journal, so that a consistent backup shows both or neither. */
const CHANGES: Record<string, { sql: string; rowsAfter: number }> = {
  TRUNCATE: { sql: 'TRUNCATE a', rowsAfter: 0 },
  'ALTER TYPE': { sql: 'ALTER TABLE a ALTER COLUMN n TYPE bigint', rowsAfter: 1000 },
  'DROP and CREATE': {
    sql: 'DROP TABLE a; CREATE TABLE a AS SELECT g AS n FROM generate_series(1, 7) g',
    rowsAfter: 7,
  },
};

describe('the start-up of a backup', () => {
  for (const [name, { sql, rowsAfter }] of Object.entries(CHANGES)) {
    for (const step of STEPS) {
      it(`reads one moment when ${name} commits before ‹${step}›`, async () => {
        const database = 'gaps';
        await freshDatabase(database);
        let happened = false;
        const beforeStep = async (at: CoordinatorStep) => {
          if (at !== step || happened) return;
          happened = true;
          // After our locks it can only wait; then the change gives up and both tables stay as they were.
          await server
            .run(
              `SET lock_timeout = 100; BEGIN; INSERT INTO journal VALUES ('changed'); ${sql}; COMMIT`,
              database,
            )
            .catch((error) => expect(error.code).toBe('55P03'));
        };
        const seen = await withCoordinator(database, { beforeStep }, (coordinator) =>
          seenByCopySession(database, coordinator),
        );
        expect(happened).toBe(true);
        expect([
          { a: 1000, journal: 0 },
          { a: rowsAfter, journal: 1 },
        ]).toContainEqual(seen);
      });
    }
  }

  it('reads every row when VACUUM FULL rewrites the table between any two statements', async () => {
    const database = 'gaps';
    for (const step of STEPS) {
      await freshDatabase(database);
      const beforeStep = async (at: CoordinatorStep) => {
        if (at !== step) return;
        const client = await server.connect(database);
        await client.query('SET lock_timeout = 100');
        await client.query('VACUUM FULL a').catch((error) => expect(error.code).toBe('55P03'));
        await client.end();
      };
      const seen = await withCoordinator(database, { beforeStep }, (coordinator) =>
        seenByCopySession(database, coordinator),
      );
      expect(seen, step).toEqual({ a: 1000, journal: 0 });
    }
  });

  it('gives way to a migration that holds the lock, and gets on when it is done', async () => {
    const database = 'gaps';
    await freshDatabase(database);
    const migration = await server.connect(database);
    await migration.query('BEGIN; ALTER TABLE a ADD COLUMN later int');
    let told: readonly string[] = [];
    const seen = await withCoordinator(
      database,
      {
        onWaiting: (blockers) => {
          told = blockers;
          void migration.query("INSERT INTO journal VALUES ('done'); COMMIT");
        },
      },
      (coordinator) => seenByCopySession(database, coordinator),
    );
    expect(seen).toEqual({ a: 1000, journal: 1 });
    expect(told.join()).toMatch(/pid \d+ on public.a \(BEGIN; ALTER TABLE a/);
    await migration.end();
  });

  it('says at once which forgotten prepared transaction holds the lock, and how to end it', async () => {
    const database = 'gaps';
    await freshDatabase(database);
    await server.run(
      "BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE; PREPARE TRANSACTION 'left ''behind'",
      database,
    );
    const blocked = await server.connect(database);
    try {
      // A session that waits behind it is not what is in the way.
      const waiting = blocked.query('LOCK TABLE a IN ACCESS EXCLUSIVE MODE').catch(() => {});
      // No limit of the test's own: two minutes would be the usual patience.
      await expect(
        withCoordinator(database, { lockPatienceMs: 3_600_000 }, async () => undefined),
      ).rejects.toMatchObject({
        code: 'source-locked',
        what: expect.stringContaining("the prepared transaction 'left ''behind' on public.a"),
        remedy: expect.stringMatching(
          /`ROLLBACK PREPARED 'left ''behind';`, or `COMMIT PREPARED 'left ''behind';`/,
        ),
      });
      await server.run("ROLLBACK PREPARED 'left ''behind'", database);
      await waiting;
    } finally {
      await blocked.end();
    }
  });

  it('names the blocking session when patience ends', async () => {
    const database = 'gaps';
    await freshDatabase(database);
    const migration = await server.connect(database);
    await migration.query('BEGIN');
    await migration.query('LOCK TABLE a IN ACCESS EXCLUSIVE MODE');
    const pid = (await migration.query('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    await expect(
      withCoordinator(database, { lockPatienceMs: 1200 }, async () => undefined),
    ).rejects.toMatchObject({
      code: 'source-locked',
      message: expect.stringContaining(`pid ${pid} on public.a`),
    });
    await migration.query('ROLLBACK');
    await migration.end();
  });
});

describe('the coordinator while a backup runs', () => {
  it('is lost, and says so, when its backend is ended', async () => {
    const database = 'gaps';
    await freshDatabase(database);
    await withCoordinator(database, {}, async (coordinator) => {
      const pid = (await coordinator.query('SELECT pg_backend_pid() AS pid'))[0]?.pid;
      await server.run(`SELECT pg_terminate_backend(${pid})`);
      await aborted(coordinator.lost);
      expect(coordinator.lost.reason.code).toBe('source-connection-lost');
      await expect(coordinator.assertHolding()).rejects.toThrow();
    });
  });

  it('is lost when its transaction ended unnoticed', async () => {
    const database = 'gaps';
    await freshDatabase(database);
    await withCoordinator(database, { pingIntervalMs: 20 }, async (coordinator) => {
      await coordinator.assertHolding();
      await coordinator.client.query('COMMIT');
      await aborted(coordinator.lost);
      expect(coordinator.lost.reason.code).toBe('source-locks-lost');
    });
  });
});

describe('who may back up', () => {
  it('refuses, before the first byte, a role from which row-level security hides rows', async () => {
    const database = 'gaps';
    await freshDatabase(database);
    await server.run(
      `DO $$ BEGIN CREATE ROLE reader LOGIN PASSWORD 'x'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
       ALTER TABLE a ENABLE ROW LEVEL SECURITY`,
      database,
    );
    const asReader = connectionSettings(server.url(database).replace(/\/postgres:[^@]+@/, '/reader:x@'));
    const session = await connect(asReader);
    await expect(openCoordinator(session, { signal: never })).rejects.toMatchObject({
      code: 'source-rows-hidden',
      remedy: expect.stringContaining('ALTER ROLE reader BYPASSRLS'),
    });
    await server.run('REVOKE SELECT ON a FROM reader; ALTER TABLE a DISABLE ROW LEVEL SECURITY', database);
    await expect(openCoordinator(session, { signal: never })).rejects.toMatchObject({
      code: 'source-tables-unreadable',
      what: expect.stringContaining('public.a'),
    });
    await session.end();
  });
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
