import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFingerprints } from '../../../lib/engine/fingerprint/compare-fingerprints.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import type { RestoreReport } from '../../../lib/engine/restore/restore.ts';
import type { PostgresServer, ServerMajor } from '../../support/postgres-server.ts';
import { openSession } from '../fingerprint/every-kind.ts';
import { differences } from '../fingerprint/told.ts';
import { hashOf, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

describe.each<[ServerMajor, ServerMajor]>([
  [14, 18],
  [15, 17],
  [18, 18],
])('a whole backup of PostgreSQL %i, restored into a new database of %i', (major, targetMajor) => {
  let world: RestoreWorld;
  let report: RestoreReport;
  let database: string;

  beforeAll(async () => {
    world = await openWorld({ major, targetMajor });
    database = await world.newDatabase();
    report = await world.restore(database, { jobs: 3 });
  });
  afterAll(() => world?.stop());

  it('is restored, and every comparison says so', () => {
    expect(problemsOf(report)).toEqual([]);
    expect(report).toMatchObject({
      outcome: 'restored',
      safetyBackup: null,
      resumed: false,
      rolesCreated: ['company_app', 'company_owner'],
      totals: { tables: world.manifest.tables.length, rows: world.manifest.totals.rows, differing: 0 },
    });
    expect(report.recoveryTimeMs).toBeLessThanOrEqual(report.durationMs);
    const compared = report.items.filter(({ kind }) => kind === 'table').map(({ name }) => name);
    expect(compared.sort()).toEqual(
      world.manifest.tables.map(({ schema, name }) => `${schema}.${name}`).sort(),
    );
  });

  it('holds the rows of the source', async () => {
    for (const table of [
      'auth.users',
      'app.orders',
      'app.lines',
      'app.events',
      'app.hashed',
      'app.paid_total',
      'app.statistics',
    ]) {
      expect(await hashOf(world.target, database, table), table).toBe(
        await hashOf(world.source, 'company', table),
      );
    }
    expect(await oneValue(world.target, database, "SELECT convert_from(lo_get(4711), 'UTF8')")).toBe(
      'a large object',
    );
    expect(await oneValue(world.target, database, "SELECT nextval('app.invoice_number')")).toBe('1002');
    expect(await oneValue(world.target, database, "SELECT nextval('auth.users_id_seq')")).toBe('501');
  });

  it('has the catalog of the source, roles apart, and nothing of the restore left', async () => {
    const fingerprint = async (server: PostgresServer, name: string) => {
      const { entries, ...rest } = await readFingerprint((await openSession(server, name)).query);
      return { ...rest, entries: entries.filter(({ kind }) => kind !== 'role') };
    };
    const [before, after] = [
      await fingerprint(world.source, 'company'),
      await fingerprint(world.target, database),
    ];
    expect(differences(compareFingerprints(before, after))).toEqual([]);
  });

  it('has statistics for the planner, and keys that are valid', async () => {
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'app' AND tablename = 'orders'",
      ),
    ).toBe(true);
    expect(
      await oneValue(world.target, database, 'SELECT count(*) FROM pg_constraint WHERE NOT convalidated'),
    ).toBe('0');
  });

  it('leaves no session of ours on the server', async () => {
    const sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lifeboat'";
    await expect.poll(() => oneValue(world.target, database, sessions)).toBe('0');
  });
});

it('collects statistics of trees with foreign tables without asking the server of those', async () => {
  const calls: string[] = [];
  const foreign = createServer((socket) => {
    calls.push('connected');
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  const { port } = foreign.address() as { port: number };
  const world = await openWorld({
    sql: `CREATE EXTENSION postgres_fdw;
      CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '${port}');
      CREATE USER MAPPING FOR postgres SERVER elsewhere;
      CREATE TABLE event (id int) PARTITION BY RANGE (id);
      CREATE TABLE event_here PARTITION OF event FOR VALUES FROM (0) TO (100);
      CREATE FOREIGN TABLE event_there PARTITION OF event FOR VALUES FROM (100) TO (200) SERVER elsewhere;
      CREATE TABLE parent (id int);
      CREATE TABLE child () INHERITS (parent);
      CREATE FOREIGN TABLE far_child () INHERITS (parent) SERVER elsewhere;
      CREATE TABLE alone (id int);
      INSERT INTO event SELECT generate_series(1, 99);
      INSERT INTO child SELECT generate_series(1, 99);
      INSERT INTO alone SELECT generate_series(1, 99)`,
  });
  try {
    const database = await world.newDatabase();
    const report = await world.restore(database);
    expect(problemsOf(report)).toEqual([]);
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_stats WHERE schemaname = 'public'",
      ),
    ).toBe('alone child event_here');
    expect(calls).toEqual([]);
  } finally {
    await world.stop();
    foreign.close();
  }
});
