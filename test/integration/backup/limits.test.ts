import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intercept } from '../../support/intercepted-store.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;

beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  vault = await testVault();
  await server.run(
    `CREATE TABLE measure AS SELECT g AS id, repeat(md5(g::text), 30) AS filler FROM generate_series(1, 6000) g;
     ALTER TABLE measure ALTER filler SET STORAGE EXTERNAL;
     CREATE TABLE little AS SELECT g AS id, repeat(md5(g::text), 30) AS filler FROM generate_series(1, 250) g`,
  );
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

describe('the load on the source', () => {
  it('stays below so many megabytes a second, all connections together', async () => {
    const seen: { atMs: number; rawBytes: number }[] = [];
    await takeBackup(server.url(), vault, {
      jobs: 3,
      chunkBytes: 512 * 1024,
      maxMegabytesPerSecond: 2,
      observer: { onProgress: ({ rawBytes }) => seen.push({ atMs: performance.now(), rawBytes }) },
    });
    const [first, last] = [seen[0], seen.at(-1)];
    if (!first || !last) throw new Error('nothing was read');
    expect(last.rawBytes).toBeGreaterThan(5.5e6);
    const bytesPerSecond = (last.rawBytes - first.rawBytes) / ((last.atMs - first.atMs) / 1000);
    expect(bytesPerSecond).toBeLessThan(2.2e6);
    expect(bytesPerSecond).toBeGreaterThan(1.8e6);
  });

  it('is one connection for each job, and one more that holds the snapshot', async () => {
    const watcher = await server.connect();
    const seen: { copying: number; all: number }[] = [];
    let looking: Promise<void> | undefined;
    const look = async () => {
      const { rows } = await watcher.query(
        `SELECT count(*) FILTER (WHERE query ~ 'COPY')::int AS copying, count(*)::int AS all
           FROM pg_stat_activity WHERE application_name = 'lifeboat'`,
      );
      seen.push(rows[0]);
      looking = undefined;
    };
    await takeBackup(server.url(), vault, {
      jobs: 2,
      chunkBytes: 256 * 1024,
      maxMegabytesPerSecond: 4,
      observer: {
        onProgress: () => {
          looking ??= look();
        },
      },
    });
    await looking;
    await watcher.end();
    expect(Math.max(...seen.map(({ copying }) => copying))).toBe(2);
    // The fourth is there while the schema is compared a second time.
    expect(Math.max(...seen.map(({ all }) => all))).toBeLessThanOrEqual(4);
  });

  it('is not taken for silence when a connection waits for its turn longer than a server may', async () => {
    const { manifest } = await takeBackup(server.url(), vault, {
      selection: { tables: ['little'] },
      maxMegabytesPerSecond: 0.05,
      longestSilenceMs: 800,
    });
    expect(manifest.tables[0]).toMatchObject({ name: 'little', rows: 250 });
  });
});

describe('a vault that is slower than the source', () => {
  it('gets tables sixteen at a time, however many sessions read', async () => {
    await server.run(
      `DO $$ BEGIN FOR i IN 1..30 LOOP EXECUTE format('CREATE TABLE tiny%s AS SELECT %s AS id', i, i); END LOOP; END $$`,
    );
    let writing = 0;
    let most = 0;
    const { promise: enough, resolve: goOn } = Promise.withResolvers<void>();
    const slow = intercept(vault.store, {
      beforePut: async (key) => {
        if (!key.endsWith('.copy.zst')) return;
        writing += 1;
        most = Math.max(most, writing);
        // Were there no limit, all thirty would come within this time.
        if (writing === 16) setTimeout(goOn, 1000);
        await enough;
        writing -= 1;
      },
    });
    const { manifest } = await takeBackup(server.url(), vault, {
      store: slow,
      jobs: 2,
      selection: { tables: ['tiny*'] },
    });
    // A session that has one more in its hands waits with it.
    expect(most).toBeGreaterThanOrEqual(16);
    expect(most).toBeLessThanOrEqual(17);
    expect(manifest.tables.map(({ rows }) => rows)).toEqual(Array(30).fill(1));
  });
});
