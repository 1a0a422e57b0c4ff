import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { intercept } from '../../support/intercepted-store.ts';
import { type PostgresServer, startPostgres, startStandby } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let primary: PostgresServer;
let standby: PostgresServer;
let vault: TestVault;

beforeAll(async () => {
  vault = await testVault();
  primary = await startPostgres({ major: 17 });
  await primary.run(
    `CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 1000) g;
     CREATE UNLOGGED TABLE cache AS SELECT 1 AS a;
     CREATE SEQUENCE s; SELECT nextval('s');
     CREATE UNLOGGED SEQUENCE fleeting`,
  );
  standby = await startStandby(primary);
});
afterAll(async () => {
  await standby?.stop();
  await primary?.stop();
  vault?.remove();
});

describe('a standby as source', () => {
  it('is backed up as it stands, without the rows that it does not have', async () => {
    const { manifest } = await takeBackup(standby.url(), vault);
    expect(manifest.server.standby).toBe(true);
    expect(manifest.snapshot.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(
      manifest.tables.map(({ name, rows, dataLeftOut }) => [name, rows, dataLeftOut !== undefined]),
    ).toEqual([
      ['cache', 0, true],
      ['t', 1000, false],
    ]);
    expect(manifest.leftOut).toContainEqual(
      expect.objectContaining({ name: 'public.cache', reason: expect.stringContaining('standby') }),
    );
    expect(manifest.snapshot.snapshot).toMatch(/^\d+:\d+:/);
    expect(manifest.sequences.map(({ name }) => name)).toContain('s');
  });

  it('starts over once when replay cancels it, and then gives advice', async () => {
    await standby.run("ALTER SYSTEM SET max_standby_streaming_delay = '0'");
    await standby.run('SELECT pg_reload_conf()');
    // What the backup reads under its snapshot is vacuumed away on the primary each time, before the snapshot is done with.
    const conflicts: string[] = [];
    const vacuumed = async (key: string) => {
      if (!key.includes('public.t')) return;
      await primary.run('UPDATE t SET id = id');
      await primary.run('VACUUM (FREEZE, TRUNCATE) t');
      const { rows } = await (await primary.connect()).query('SELECT pg_current_wal_lsn()::text AS lsn');
      await replayed(rows[0]?.lsn);
    };
    const store = intercept(vault.store, { beforeUpload: vacuumed, beforePut: vacuumed });
    const error = await takeBackup(
      standby.url(),
      { store },
      {
        observer: { onNotice: (notice) => conflicts.push(notice) },
      },
    ).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'source-recovery-conflict' });
    expect(error.remedy).toContain('hot_standby_feedback');
    expect(conflicts.filter((notice) => notice.includes('Starting over'))).toHaveLength(1);
  });
});

async function replayed(lsn: string): Promise<void> {
  const client = await standby.connect();
  const done = `SELECT pg_last_wal_replay_lsn() >= '${lsn}' AS done`;
  await vi.waitUntil(async () => (await client.query(done)).rows[0]?.done, { timeout: 60_000, interval: 20 });
}
