import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { byRestore } from '../../fidelity/ways-back.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const WORLD = `
  CREATE TABLE kind (id int PRIMARY KEY);
  CREATE TABLE event (id int, at date NOT NULL, kind int REFERENCES kind, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  INSERT INTO kind VALUES (1);
  INSERT INTO event SELECT g, '2024-05-05', 1 FROM generate_series(1, 100) g;
  INSERT INTO event SELECT g, '2025-05-05', 1 FROM generate_series(1, 100) g;
`;

let server: PostgresServer;
let vault: TestVault;

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  vault = await testVault();
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

/** As it happens: it waits for a reader of the parent, and somebody loses patience. */
async function interruptDetach(database: string): Promise<void> {
  const [reader, detaching, other] = [
    await server.connect(database),
    await server.connect(database),
    await server.connect(database),
  ];
  await reader.query('BEGIN; SELECT count(*) FROM event');
  const { rows } = await detaching.query('SELECT pg_backend_pid() AS pid');
  const detach = detaching.query('ALTER TABLE event DETACH PARTITION event_2024 CONCURRENTLY');
  const interrupted = expect(detach).rejects.toThrow('canceling statement');
  const pending = 'SELECT FROM pg_inherits WHERE inhdetachpending';
  await vi.waitUntil(async () => (await other.query(pending)).rowCount === 1, {
    timeout: 60_000,
    interval: 20,
  });
  await other.query('SELECT pg_cancel_backend($1)', [rows[0].pid]);
  await interrupted;
  await Promise.all([reader.end(), detaching.end(), other.end()]);
}

it('a partition whose detach was interrupted comes back as queries see it: a table of its own', {
  timeout: 300_000,
}, async () => {
  await server.run('CREATE DATABASE source');
  await server.run(WORLD, 'source');
  await interruptDetach('source');
  const { place, manifest } = await takeBackup(server.url('source'), vault);
  expect(manifest.leftOut).toContainEqual({
    what: 'attachment of a partition',
    name: 'public.event_2024',
    reason: expect.stringContaining('its detach is pending'),
  });

  const report = await drill({ store: vault.store, place });
  expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  expect(report.verdict).toBe('proven');

  await server.run('CREATE DATABASE back');
  expect(await byRestore({ vault, place }, server, 'back')).toEqual([]);
  for (const database of ['source', 'back']) {
    const client = await server.connect(database);
    const { rows } = await client.query(`SELECT (SELECT count(*) FROM event) AS parent,
      (SELECT count(*) FROM event_2024) AS partition, (SELECT count(*) FROM pg_constraint
        WHERE conrelid = 'event_2024'::regclass AND contype = 'f') AS keys`);
    expect(rows).toEqual([{ parent: '100', partition: '100', keys: '1' }]);
    await client.end();
  }
});
