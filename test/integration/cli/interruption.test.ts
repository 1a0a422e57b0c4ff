import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { type RunningLifeboat, startLifeboat } from './lifeboat.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  await server.run('CREATE TABLE t (id bigint, filler text)');
  await server.run('INSERT INTO t SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 20000) AS n');
});
afterAll(() => server.stop());

/** Sessions of Lifeboat that the server still has. */
async function sessions(): Promise<number> {
  const client = await server.connect();
  const { rowCount } = await client.query("SELECT FROM pg_stat_activity WHERE application_name = 'lifeboat'");
  await client.end();
  return rowCount ?? 0;
}

describe('a backup that waits for a lock', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends with 130 at %s, and says that there is no backup',
    async (signal) => {
      const vault = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
      const migration = await server.connect();
      await migration.query('BEGIN; LOCK TABLE t');
      const environment = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault };
      const { child, ended } = startLifeboat(['backup', '--json'], { environment });
      await vi.waitUntil(async () => (await sessions()) > 0, { timeout: 60_000 });
      child.kill(signal);
      const { exitCode, stdout, stderr } = await ended;
      await migration.query('ROLLBACK');
      await migration.end();
      expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: '' });
      expect(JSON.parse(stdout).error).toMatchObject({ code: 'interrupted', exitCode: 130 });
      expect(stdout).toContain('No backup was made');
      expect(await sessions()).toBe(0);
      expect(
        readdirSync(vault, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
      ).toEqual([]);
      rmSync(vault, { recursive: true });
    },
  );
});

describe('a backup whose upload hangs', () => {
  let s3: S3Server;
  let running: RunningLifeboat;
  /** Operations that hang from now on. */
  let stalled: RegExp;
  const asked: string[] = [];

  beforeEach(async () => {
    stalled = /^Put|^UploadPart/;
    asked.length = 0;
    s3 = await startS3Server({ writeOnce: true });
    s3.onRequest = ({ operation }) => {
      asked.push(operation);
      return stalled.test(operation) ? 'stall' : undefined;
    };
    const environment = {
      ...s3.environment(),
      LIFEBOAT_SOURCE_URL: server.url(),
      LIFEBOAT_VAULT: `s3://${s3.bucket}/cli`,
    };
    running = startLifeboat(['backup'], { environment });
    await vi.waitUntil(() => asked.some((operation) => stalled.test(operation)), { timeout: 60_000 });
  });
  afterEach(async () => {
    running.child.kill('SIGKILL');
    await running.ended;
    await s3.stop();
  });

  it('leaves no manifest, no upload and no session behind at SIGTERM', async () => {
    running.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await running.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr).toContain('No backup was made');
    expect(s3.keys().filter((key) => key.endsWith('manifest.json'))).toEqual([]);
    expect(s3.pendingUploads()).toEqual([]);
    expect(await sessions()).toBe(0);
  });

  it('says so when it cannot know whether it was sealed', async () => {
    stalled = /./;
    running.child.kill('SIGTERM');
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('the vault does not answer');
  });

  it('ends at once at the second signal', async () => {
    stalled = /./;
    const before = asked.length;
    running.child.kill('SIGINT');
    // It asks the vault now whether it was sealed, and would wait for seconds.
    await vi.waitUntil(() => asked.length > before, { timeout: 60_000 });
    const again = setInterval(() => running.child.kill('SIGINT'), 50);
    const { exitCode, stderr } = await running.ended;
    clearInterval(again);
    expect(exitCode).toBe(130);
    expect(stderr).toBe('ended at once: a temporary directory or unfinished uploads may be left behind\n');
  });
});
