import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  server = await startPostgres({ major: 15 });
  vault = await testVault();
  await server.run(`
    CREATE TABLE users (id int PRIMARY KEY, name text);
    INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 100) i;
    CREATE VIEW names AS SELECT name FROM users`);
});
afterAll(async () => {
  vault?.remove();
  await server?.stop();
});

it('pg_dump does not wait behind a migration that waits for the backup', async () => {
  const migration = await server.connect();
  const watcher = await server.connect();
  let altered: Promise<unknown> | undefined;
  let done = false;
  const beforeStep = async (step: string) => {
    if (step !== 'done' || altered) return;
    // To write the definition of the view, the server locks the table. Only the coordinator has that lock.
    altered = migration.query('ALTER TABLE users ADD COLUMN later int').then(() => {
      done = true;
    });
    await untilWaiting(watcher, migration);
  };
  const { manifest } = await takeBackup(server.url(), vault, { jobs: 1, coordinatorOptions: { beforeStep } });
  await altered;
  expect(done).toBe(true);
  const schema = manifest.objects.find(({ key }) => key.includes('pre-data'));
  expect(schema).toBeDefined();
  expect(manifest.tables[0]).toMatchObject({ name: 'users', rows: 100 });
  await migration.end();
  await watcher.end();
});

async function untilWaiting(watcher: pg.Client, waiting: pg.Client): Promise<void> {
  const { processID } = waiting as unknown as { processID: number };
  await expect
    .poll(
      async () =>
        (await watcher.query(`SELECT wait_event_type AS w FROM pg_stat_activity WHERE pid = ${processID}`))
          .rows[0]?.w,
      { timeout: 10_000 },
    )
    .toBe('Lock');
}
