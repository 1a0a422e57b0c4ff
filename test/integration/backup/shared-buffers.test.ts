import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
let application: pg.Client;

beforeAll(async () => {
  vault = await testVault();
  server = await startPostgres({ major: 17, settings: { shared_buffers: "'16MB'" } });
  await server.run(
    `CREATE EXTENSION pg_buffercache;
     CREATE TABLE hot AS SELECT g AS id, repeat('x', 200) AS t FROM generate_series(1, 15000) g;
     ALTER TABLE hot ADD PRIMARY KEY (id);
     CREATE TABLE cold AS SELECT g AS id, repeat('y', 1000) AS t FROM generate_series(1, 60000) g;
     CREATE TABLE colder AS TABLE cold`,
  );
  await server.run('VACUUM ANALYZE');
  application = await server.connect();
});
afterAll(async () => {
  await application?.end();
  await server?.stop();
  vault?.remove();
});

async function pagesInMemory(): Promise<number> {
  const { rows } = await application.query(
    "SELECT count(*)::int AS pages FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('hot')",
  );
  return rows[0]?.pages;
}

it('a backup leaves in the memory of the server what the application has there, though it reads more than that holds', async () => {
  await application.query('SET enable_seqscan = off');
  for (let times = 0; times < 3; times += 1) await application.query('SELECT count(t) FROM hot WHERE id > 0');
  const before = await pagesInMemory();
  expect(before).toBeGreaterThan(300);
  // Not by itself: that would bring it back.
  const selection = { excludeTables: ['hot'] };
  const options = { chunkBytes: 8 * 1024 * 1024, jobs: 2, selection };
  const { manifest } = await takeBackup(server.url(), vault, options);
  expect(manifest.tables.map(({ name, chunks }) => [name, chunks.length])).toEqual([
    ['cold', 1],
    ['colder', 1],
  ]);
  expect(await pagesInMemory()).toBeGreaterThan(before * 0.9);
});
