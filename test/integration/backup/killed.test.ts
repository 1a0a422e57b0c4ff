import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listBackups } from '../../../lib/engine/archive/listing.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
const lifeboat = join(import.meta.dirname, '../../../bin/lifeboat.mjs');

beforeAll(async () => {
  server = await startPostgres({ major: 15 });
  vault = await testVault();
  await server.run(
    `CREATE TABLE large AS SELECT g AS id, repeat(md5(g::text), 20) AS t FROM generate_series(1, 300000) g`,
  );
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 60_000, interval: 10 });
}

function startBackup(): ChildProcess {
  return spawn(process.execPath, [lifeboat, 'backup'], {
    env: { ...process.env, LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault.directory },
    stdio: 'ignore',
    detached: true,
  });
}

/** Files under a temporary name: rows that are being written, or that a killed process left. */
function temporaryFiles(): string[] {
  const temporary = join(vault.directory, '.lifeboat-tmp');
  return existsSync(temporary) ? readdirSync(temporary) : [];
}

async function sessionsOfOurs(): Promise<number> {
  const client = await server.connect();
  const { rows } = await client.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'lifeboat'",
  );
  await client.end();
  return rows[0]?.n;
}

describe('a backup whose process is ended', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'by %s seals nothing, leaves nothing open on the source, and does not hinder the next',
    async (signal) => {
      const before = temporaryFiles();
      const child = startBackup();
      const gone = once(child, 'exit');
      await until(() => temporaryFiles().some((file) => !before.includes(file)));
      // The whole group, as a machine that goes down or a terminal does.
      process.kill(-(child.pid ?? 0), signal);
      const [exitCode] = await gone;
      if (signal !== 'SIGKILL') {
        expect(exitCode).toBe(130);
        expect(temporaryFiles()).toEqual(before);
      }
      await until(async () => (await sessionsOfOurs()) === 0);
      expect((await listBackups(vault.store)).backups).toEqual([]);
      expect(vault.files().filter((file) => file.endsWith('manifest.json'))).toEqual([]);
    },
  );

  it('is followed by one that is whole', async () => {
    const { manifest } = await takeBackup(server.url(), vault);
    expect(manifest.totals.rows).toBe(300_000);
    expect((await listBackups(vault.store)).backups.length).toBe(1);
  });
});
