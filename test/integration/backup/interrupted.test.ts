import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { manifestKey } from '../../../lib/engine/archive/keys.ts';
import { type BackupRequest, backup } from '../../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { type Interceptions, intercept } from '../../support/intercepted-store.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { newPlace, type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  vault = await testVault();
  await server.run(
    `CREATE TABLE large AS SELECT g AS id, repeat(md5(g::text), 20) AS t FROM generate_series(1, 20000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g;
     CREATE TABLE last AS SELECT g AS id FROM generate_series(1, 5) g`,
  );
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

/** Every session of ours is gone from the source, and the next backup is fine: after each accident. */
afterEach(async () => {
  const client = await server.connect();
  await client.query("SET application_name = 'test'");
  await until(async () => {
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'lifeboat'",
    );
    return rows[0]?.n === 0;
  });
  await client.end();
  const { manifest } = await takeBackup(server.url(), vault);
  expect(manifest.tables.map(({ name, rows }) => [name, rows])).toEqual([
    ['large', 20000],
    ['last', 5],
    ['small', 10],
  ]);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 60_000, interval: 20 });
}

/** Runs a backup that must fail, and shows that nothing was sealed. */
async function failing(hooks: Interceptions, options: Partial<BackupRequest> = {}): Promise<Error> {
  const place = newPlace();
  const error = await backup({
    settings: connectionSettings(server.url()),
    store: intercept(vault.store, hooks),
    place,
    jobs: 1,
    ...options,
  }).then(
    (result) => {
      throw new Error(`the backup should have failed, it was ${result.outcome}`);
    },
    (reason) => reason,
  );
  expect(await vault.store.head(manifestKey(place))).toBeUndefined();
  return error;
}

const CATALOG_FILES = ['roles.sql', 'pre-data.sql', 'sequences.sql', 'post-data.sql', 'fingerprint.json.zst'];

const ours = "application_name = 'lifeboat'";
const coordinatorBackend = `SELECT pid FROM pg_stat_activity WHERE ${ours} AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessShareLock' AND granted GROUP BY pid HAVING count(DISTINCT relation) FILTER (WHERE relation IN ('large'::regclass, 'small'::regclass, 'last'::regclass)) = 3)`;

describe('a backup that is interrupted seals nothing', () => {
  it('when it is told to stop, in the middle of a copy, and gives that reason', async () => {
    const stop = new AbortController();
    const reason = new Error('the person pressed Ctrl-C');
    const error = await failing(
      {
        duringUpload: (key) => {
          if (key.includes('large')) stop.abort(reason);
        },
      },
      { signal: stop.signal },
    );
    expect(error).toBe(reason);
    expect(vault.files().filter((file) => file.includes('large') && !file.endsWith('.zst'))).toEqual([]);
  });

  it('when the guarding session is killed and a table not yet copied is emptied', async () => {
    let emptied: Promise<void> | undefined;
    const before = new Set(vault.files());
    const killAndEmpty = async () => {
      // When it has nothing to do any more but to guard: nothing of its own could fail and tell of it.
      const watcher = await server.connect();
      await until(async () => {
        const { rows } = await watcher.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE ${ours}`);
        const written = vault.files().filter((file) => !before.has(file));
        // It, the one that copies, and the one that looks at the newest state.
        return rows[0]?.n === 3 && CATALOG_FILES.every((name) => written.some((file) => file.endsWith(name)));
      });
      await watcher.end();
      await server.run(`SELECT pg_terminate_backend(pid) FROM (${coordinatorBackend}) c`);
      await server.run('BEGIN; TRUNCATE small; COMMIT');
    };
    const error = await failing({
      duringUpload: async (key) => {
        if (!key.includes('large') || emptied) return;
        emptied = killAndEmpty();
        await emptied;
      },
    });
    expect(emptied).toBeDefined();
    await emptied;
    expect(error).toMatchObject({ code: 'source-connection-lost' });
    await server.run('INSERT INTO small SELECT g FROM generate_series(1, 10) g');
  });

  it('when a copying session is killed', async () => {
    let done = false;
    const error = await failing({
      duringUpload: async (key) => {
        if (!key.includes('large') || done) return;
        done = true;
        await server.run(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours} AND pid NOT IN (${coordinatorBackend})`,
        );
      },
    });
    expect(error).toMatchObject({ kind: 'source' });
  });

  it.each(['pre-data', 'large', 'post-data', 'fingerprint', 'manifest.json'])(
    'when the store fails at %s',
    async (part) => {
      const fail = (key: string) => {
        if (key.includes(part)) throw new Error(`no space for ${part}`);
      };
      const error = await failing({ beforePut: fail, beforeUpload: fail });
      expect(String(error)).toContain(`no space for ${part}`);
    },
  );

  it('when the server restarts in the middle', async () => {
    let restarted: Promise<void> | undefined;
    const error = await failing({
      duringUpload: async (key) => {
        if (!key.includes('large')) return;
        restarted ??= server.restart();
        await restarted;
      },
    });
    await restarted;
    expect(error).toMatchObject({ kind: 'source' });
  });
});

describe('a backup and the application', () => {
  it('lets a migration live that waits for its lock, and ends in its usual time', async () => {
    for (const table of ['large', 'small', 'last']) {
      const migration = await server.connect();
      let altered: Promise<unknown> | undefined;
      const startedAt = Date.now();
      await takeBackup(server.url(), {
        store: intercept(vault.store, {
          beforeUpload: async () => {
            if (altered) return;
            altered = migration.query(`ALTER TABLE ${table} ADD COLUMN later int`);
            const { processID } = migration as unknown as { processID: number };
            const watcher = await server.connect();
            await until(async () => {
              const { rows } = await watcher.query(
                `SELECT wait_event_type AS w FROM pg_stat_activity WHERE pid = ${processID}`,
              );
              return rows[0]?.w === 'Lock';
            });
            await watcher.end();
          },
        }),
      });
      expect(Date.now() - startedAt).toBeLessThan(20_000);
      expect(altered).toBeDefined();
      await altered;
      await migration.query(`ALTER TABLE ${table} DROP COLUMN later`);
      await migration.end();
    }
  });

  it('gives way to a migration that takes the same tables in the other order', async () => {
    const migration = await server.connect();
    // Whoever looks for a deadlock first dies of it: this looks after we have given way, and before we would look.
    await migration.query("SET deadlock_timeout = '700ms'");
    await migration.query('BEGIN; LOCK TABLE last IN ACCESS EXCLUSIVE MODE');
    let gaveWay = 0;
    const onWaiting = () => {
      gaveWay += 1;
    };
    const taken = takeBackup(server.url(), vault, { coordinatorOptions: { onWaiting } });
    const watcher = await server.connect();
    await until(async () => {
      const { rows } = await watcher.query(
        "SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'last'::regclass AND NOT granted",
      );
      return rows[0]?.n === 1;
    });
    await watcher.end();
    // By now the backup has taken some tables and waits for this one.
    const crossing = migration.query('ALTER TABLE large ADD COLUMN crossed int; COMMIT');
    await Promise.all([crossing, taken]);
    expect(gaveWay).toBeGreaterThan(0);
    await migration.query('ALTER TABLE large DROP COLUMN crossed');
    await migration.end();
  });

  it('does not keep its snapshot longer than it may', async () => {
    const error = await failing(
      { duringUpload: () => new Promise((resolve) => setTimeout(resolve, 400)) },
      { longestSnapshotMs: 300 },
    );
    expect(error).toMatchObject({ code: 'source-snapshot-too-old' });
  });

  it('seals one backup for one slot, whoever comes second', async () => {
    const place = newPlace();
    const settings = connectionSettings(server.url());
    const [first, second] = await Promise.all([
      backup({ settings, store: vault.store, place }),
      backup({ settings, store: vault.store, place }),
    ]);
    expect([first.outcome, second.outcome].sort()).toEqual(['already-sealed', 'sealed']);
    const later = await backup({ settings, store: vault.store, place });
    expect(later.outcome).toBe('already-sealed');
    // Nobody has to be let in any more for what is done.
    const lockedOut = connectionSettings(server.url().replace(/:[^:@]*@/, ':wrong@'));
    const muchLater = await backup({ settings: lockedOut, store: vault.store, place });
    expect(muchLater.outcome).toBe('already-sealed');
    await expect(
      backup({ settings: lockedOut, store: vault.store, place: newPlace() }),
    ).rejects.toMatchObject({ code: 'source-password-refused' });
  });

  it('says what is wrong with the vault before anything is locked', async () => {
    const settings = connectionSettings(server.url());
    const refused = new LifeboatError({
      code: 'vault-missing',
      kind: 'vault',
      what: 'There is no such bucket.',
    });
    const store: ObjectStore = { ...intercept(vault.store, {}), head: () => Promise.reject(refused) };
    const steps: string[] = [];
    const beforeStep = async (step: string) => void steps.push(step);
    const taking = backup({ settings, store, place: newPlace(), coordinatorOptions: { beforeStep } });
    await expect(taking).rejects.toBe(refused);
    expect(steps).toEqual([]);
  });
});
