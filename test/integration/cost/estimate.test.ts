import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from '../cli/lifeboat.ts';

let server: PostgresServer;
let vault: string;

beforeAll(async () => {
  vault = await mkdtemp(join(tmpdir(), 'lifeboat-cost-'));
  server = await startPostgres({ major: 15 });
  await server.run(`
    CREATE TABLE events AS SELECT g AS id, md5(g::text) AS token, now() + g * interval '1 s' AS at,
           jsonb_build_object('k', g, 'v', md5((g * 2)::text)) AS data FROM generate_series(1, 60000) g;
    CREATE TABLE documents AS SELECT g AS id, repeat(md5(g::text), 200) AS body FROM generate_series(1, 3000) g;
    CREATE TABLE large AS SELECT g AS id, (SELECT string_agg(md5(x::text || g), '') FROM generate_series(1, 300) x) AS body
      FROM generate_series(1, 400) g;
    CREATE TABLE "a; DROP TABLE tiny; --" (id int); CREATE TABLE tiny (id int); INSERT INTO tiny VALUES (1);
    ANALYZE;`);
});
afterAll(async () => {
  await server?.stop();
  await rm(vault, { recursive: true, force: true });
});

it('estimates from a sample what a backup then takes, and changes nothing', async () => {
  const before = await changesOf(server);
  const estimated = await lifeboat(['estimate', '--source', server.url(), '--json']);
  expect(estimated.exitCode).toBe(0);
  const { sample, egress, host } = JSON.parse(estimated.stdout);
  expect({ host, egress, tables: sample.tables }).toEqual({ host: 'plain', egress: [], tables: 5 });
  expect(await changesOf(server)).toBe(before);

  const sealed = await lifeboat(['backup', '--source', server.url(), '--vault', vault, '--json']);
  const { rawBytes, storedBytes } = JSON.parse(sealed.stdout);
  expect(sample.textBytes / rawBytes).toBeGreaterThan(0.85);
  expect(sample.textBytes / rawBytes).toBeLessThan(1.15);
  expect(sample.storedBytes / storedBytes).toBeGreaterThan(0.5);
  expect(sample.storedBytes / storedBytes).toBeLessThan(1.5);

  const cost = await lifeboat(['cost', '--vault', vault, '--plan', 'neon-free', '--json']);
  const [source] = JSON.parse(cost.stdout).sources;
  // One backup in its first day counts as one a day.
  expect(source).toMatchObject({ days: 1, egressBytes: rawBytes * 30 });
  expect(source.stored.manual).toEqual({ backups: 1, bytes: storedBytes });
});

it('warns in words of what a free plan does when its quota is used up', async () => {
  const args = ['--source', server.url(), '--host-profile', 'supabase', '--plan', 'supabase-free'];
  // 40 MB every minute are more than 5 GB a month.
  const { stdout } = await lifeboat(['estimate', ...args, '--schedule', 'rate(1 minute)']);
  expect(stdout).toMatch(/! Backups alone would take [\d,]+ % of what Supabase Free includes/);
  expect(stdout).toContain('they answer 402, and the application is down');
  expect(stdout).toContain('What would make it cheaper');
  const { stdout: fine } = await lifeboat(['estimate', ...args, '--schedule', 'cron(0 2 1 * ? *)']);
  expect(fine).not.toContain('402');
});

it('refuses what it cannot count, and says what to do', async () => {
  const wrong = await lifeboat(['estimate', '--source', server.url(), '--schedule', 'daily']);
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('cron(0 2 * * ? *)')]);
  const drills = await lifeboat(['estimate', '--source', server.url(), '--drill-schedule', 'never']);
  expect(drills.stderr).toContain('--drill-schedule');
  const unnamed = await lifeboat(['estimate']);
  expect([unnamed.exitCode, unnamed.stderr]).toEqual([2, expect.stringContaining('No source was named')]);
  const away = await lifeboat(['estimate', '--source', 'postgres://nobody:secret@127.0.0.1:1/x']);
  expect(away.exitCode).toBe(3);
  expect(away.stderr).not.toContain('secret');
});

/** Rows written to the server, as its statistics say, apart from its own catalogs. */
async function changesOf({ connect }: PostgresServer): Promise<string> {
  const client = await connect();
  try {
    const { rows } = await client.query(
      `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::text AS changes, count(*)::text AS tables FROM pg_stat_user_tables`,
    );
    return JSON.stringify(rows);
  } finally {
    await client.end();
  }
}
