import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';

/** A client that sleeps keeps none of its own limits: the server has to end its sessions. */
const PROGRAM = join(import.meta.dirname, '../../support/backup-to-stop.ts');
const OURS = "application_name = 'lifeboat'";

describe.each<ServerMajor>([15, 17, 18])('on %i', (major) => {
  let server: PostgresServer;
  let vault: TestVault;
  let watcher: pg.Client;

  beforeAll(async () => {
    server = await startPostgres({ major });
    vault = await testVault();
    await server.run(
      `CREATE TABLE large AS SELECT g AS id, repeat(md5(g::text), 20) AS t FROM generate_series(1, 60000) g;
       CREATE TABLE small AS SELECT 1 AS id`,
    );
    watcher = await server.connect();
  });
  afterAll(async () => {
    await watcher?.end();
    await server?.stop();
    vault?.remove();
  });

  async function until(condition: string): Promise<void> {
    await vi.waitUntil(async () => (await watcher.query(`SELECT ${condition} AS is_so`)).rows[0]?.is_so, {
      timeout: 90_000,
    });
  }

  it('a backup that was stopped in the middle of a copy holds neither snapshot nor locks for long', async () => {
    const guards = { longestIdleMs: 3000, longestStallMs: 3000, longestTransactionMs: 60_000 };
    // Far slower than it takes to stop it: the server waits for its socket, which the client's kernel acknowledges.
    const options = { jobs: 1, maxMegabytesPerSecond: 0.5, serverGuards: guards };
    const child = spawn(process.execPath, [PROGRAM, server.url(), vault.directory, JSON.stringify(options)]);
    try {
      const said = text(child.stdout);
      await until(
        `EXISTS (SELECT FROM pg_stat_activity WHERE ${OURS} AND query ~ 'COPY' AND wait_event = 'ClientWrite')
           AND EXISTS (SELECT FROM pg_stat_activity WHERE ${OURS} AND state = 'idle in transaction')`,
      );
      child.kill('SIGSTOP');
      await until(
        `NOT EXISTS (SELECT FROM pg_stat_activity WHERE ${OURS} AND (backend_xmin IS NOT NULL OR state <> 'idle'))`,
      );
      await watcher.query(
        "SET lock_timeout = '20s'; ALTER TABLE large ADD COLUMN free int; ALTER TABLE large DROP COLUMN free",
      );
      child.kill('SIGCONT');
      await once(child, 'exit');
      expect(child.exitCode).toBe(1);
      expect(await said).toMatch(/source-(session-timed-out|connection-lost)/);
      expect(vault.files().filter((file) => file.endsWith('manifest.json'))).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
