import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GivenHealthSettings } from '../../../lib/engine/health/settings.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from '../cli/lifeboat.ts';
import { examine } from './ask.ts';

/** A warning from the first second, or the first byte, on. */
const ATONCE = { warning: 0, critical: null };

describe.each([15, 18] as const)('PostgreSQL %i', (major) => {
  let server: PostgresServer;
  const open: pg.Client[] = [];
  const as = (role: string) => server.url().replace(`postgres:${server.password}`, `${role}:${role}`);
  const look = (settings?: GivenHealthSettings) => examine(server.url(), settings);
  const session = async () => {
    const client = await server.connect();
    open.push(client);
    return client;
  };
  const closeAll = async () => {
    await Promise.all(open.splice(0).map((client) => client.end()));
  };
  /** Statistics are there when the session that made them has ended. */
  const counted = (sql: string) =>
    vi.waitFor(
      async () => {
        const client = await server.connect();
        const { rows } = await client.query(`SELECT (${sql}) AS "there"`);
        await client.end();
        expect(rows[0].there).toBe(true);
      },
      { timeout: 60_000 },
    );

  beforeAll(async () => {
    server = await startPostgres({
      major,
      settings: {
        max_connections: '20',
        max_prepared_transactions: '5',
        shared_preload_libraries: "'pg_stat_statements'",
        // Autovacuum is on, and does not come.
        autovacuum_naptime: '20d',
        autovacuum_freeze_max_age: '100000',
        synchronous_commit: 'off',
      },
    });
    await server.run(`CREATE EXTENSION pg_stat_statements;
      CREATE ROLE monitor LOGIN PASSWORD 'monitor' IN ROLE pg_monitor; CREATE ROLE plain LOGIN PASSWORD 'plain'; CREATE ROLE anon; CREATE ROLE authenticated`);
  });
  afterAll(() => server?.stop());

  it('a server that is well: nothing to do, and one line for each group', async () => {
    const report = await look({ apiSchemas: ['public'] });
    expect(report.findings.filter(({ severity }) => severity !== 'ok').map(({ check }) => check)).toEqual(
      major >= 18 ? [] : ['checksum-failures'],
    );
    expect(report.severity).toBe('ok');
    const { stdout, stderr, exitCode } = await lifeboat(['health', '--api-schema', 'public'], {
      environment: { LIFEBOAT_SOURCE_URL: as('monitor') },
    });
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout.split('\n').length).toBeLessThan(20);
    expect(stdout).toMatch(/\nok {8}storage {7}database-size \d.* · replication-slots 0 B · /);
    expect(stdout).toMatch(/\nnothing wrong/);
  });

  it('connections: by state, near the limit, and at it', async () => {
    for (let n = 0; n < 14; n += 1) await session();
    const near = (await look()).of('connections');
    expect(near).toMatchObject({
      severity: 'warning',
      figures: { used: 15, usable: 17, idle: 14, active: 1 },
    });
    expect(near.value).toBeCloseTo(88.2, 1);
    // Without pg_monitor, what the others do is hidden, but not that they are there.
    const plain = (await examine(as('plain'))).of('connections');
    expect(plain).toMatchObject({ severity: 'warning', figures: { used: 15, usable: 17 } });
    expect(plain.figures).not.toHaveProperty('idle');
    for (let n = 0; n < 3; n += 1) await session();
    const refused = await examine(as('monitor'));
    expect(refused.of('reachable')).toMatchObject({
      severity: 'critical',
      figures: { code: 'source-connections-exhausted' },
    });
    expect(refused.of('connections')).toMatchObject({ severity: 'unknown', value: null });
    const full = (await look()).of('connections');
    expect(full).toMatchObject({ severity: 'critical', remedy: expect.stringContaining('pool') });
    await closeAll();
  });

  it('sessions: one that idles in a transaction, one that waits for its lock, and never the text of a query', async () => {
    await server.run('CREATE TABLE held (id int PRIMARY KEY)');
    const [holder, waiter] = [await session(), await session()];
    await holder.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
    const waiting = waiter.query("SELECT 'hunter22' FROM held").catch(() => {});
    await counted("EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')");
    const report = await examine(as('monitor'), {
      thresholds: { 'longest-query': ATONCE, 'idle-in-transaction': ATONCE, 'lock-waits': ATONCE },
    });
    for (const check of ['longest-query', 'idle-in-transaction', 'lock-waits']) {
      expect(report.of(check)).toMatchObject({ severity: 'warning', value: expect.any(Number) });
    }
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid');
    const end = `SELECT pg_terminate_backend(${rows[0].pid});`;
    expect(report.of('lock-waits').statements).toContain(end);
    expect(report.of('idle-in-transaction').statements).toContain(end);
    expect(JSON.stringify(report)).not.toContain('hunter22');
    // Nothing else is late: none of these figures needed the table that is locked.
    expect((await look()).of('lock-waits').severity).toBe('ok');
    await server.run(end);
    await waiting;
    await closeAll();
  });

  it('statements: the slow ones without their constants, and those under row security', async () => {
    await server.run(`CREATE TABLE notes (id int PRIMARY KEY, owner text); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
      GRANT SELECT ON notes TO anon; INSERT INTO notes SELECT g, 'me' FROM generate_series(1, 2000) g;
      CREATE FUNCTION whoami() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('a.b', true) $$;
      CREATE POLICY "per ""row" ON notes USING (owner = whoami());
      CREATE POLICY wrapped ON notes USING (owner = (SELECT whoami()));
      CREATE POLICY by_column ON notes USING (pg_column_size(owner) > 0 AND owner < lower(owner));
      SELECT pg_stat_statements_reset()`);
    const client = await session();
    for (let n = 0; n < 5; n += 1) await client.query("SELECT pg_sleep(0.02), 'hunter22'");
    await client.query('SET ROLE anon');
    for (let n = 0; n < 5; n += 1) await client.query('SELECT count(*) FROM public.notes');
    await closeAll();
    const report = await examine(as('monitor'), {
      thresholds: { 'slow-queries': { warning: 5, critical: 2000 }, 'row-security-cost': ATONCE },
    });
    expect(report.of('slow-queries')).toMatchObject({
      severity: 'warning',
      what: expect.stringContaining('SELECT pg_sleep('),
    });
    expect(report.of('slow-queries').value).toBeGreaterThan(19);
    expect(JSON.stringify(report)).not.toContain('hunter22');
    expect(report.of('row-security-cost')).toMatchObject({
      severity: 'warning',
      examples: [expect.stringContaining('FROM public.notes (anon, 5 calls)')],
    });
    expect(report.of('policy-calls')).toMatchObject({
      severity: 'warning',
      value: 1,
      examples: ['"per ""row" on public.notes'],
      what: expect.stringContaining('(public.whoami)'),
    });
  });

  it('row security: a table that the API may read is critical, one without privileges is nobody’s', async () => {
    await server.run(`CREATE SCHEMA "odd api"; GRANT USAGE ON SCHEMA "odd api" TO anon;
      CREATE TABLE "odd api"."open ""t" (id int PRIMARY KEY); GRANT SELECT (id) ON "odd api"."open ""t" TO anon;
      CREATE TABLE "odd api".shut (id int PRIMARY KEY)`);
    const settings = { apiSchemas: ['odd api'] };
    const report = await examine(as('monitor'), settings);
    const found = report.of('row-security');
    expect(found).toMatchObject({ severity: 'critical', value: 1, examples: ['"odd api"."open ""t"'] });
    await server.run(found.statements?.[0] ?? '');
    expect((await look(settings)).of('row-security')).toMatchObject({ severity: 'ok', value: 0 });
    // PostgREST is told which schemas it serves, in the setting of a role.
    await server.run(`ALTER TABLE "odd api"."open ""t" DISABLE ROW LEVEL SECURITY;
      CREATE ROLE authenticator; ALTER ROLE authenticator SET pgrst.db_schemas = 'public, odd api'`);
    expect((await look()).of('row-security')).toMatchObject({ severity: 'critical', value: 1 });
    await server.run('ALTER ROLE authenticator RESET pgrst.db_schemas');
    expect((await look()).of('row-security')).toMatchObject({ severity: 'unknown', value: null });
  });

  it('storage: a slot, dead rows, bloat and an unused index, and what it says to do helps', async () => {
    await server.run(`SELECT pg_create_physical_replication_slot('stuck', true);
      CREATE TABLE "bl""oated" (id int, pad text) WITH (autovacuum_enabled = off);
      INSERT INTO "bl""oated" SELECT g, repeat('x', 90) FROM generate_series(1, 120000) g;
      CREATE INDEX "never used" ON "bl""oated" (id);
      DELETE FROM "bl""oated" WHERE id % 5 <> 0`);
    await server.run('VACUUM ANALYZE "bl""oated"');
    await server.run(`CREATE TABLE dying (id int); INSERT INTO dying SELECT generate_series(1, 30000)`);
    await server.run('ANALYZE dying');
    await server.run('DELETE FROM dying WHERE id > 10000');
    await counted("SELECT n_dead_tup = 20000 FROM pg_stat_user_tables WHERE relname = 'dying'");
    const settings = {
      sizeLimitBytes: 10_000_000,
      thresholds: { 'replication-slots': { warning: 1e6, critical: 1e10 } },
    };
    const report = await look(settings);
    expect(report.of('replication-slots')).toMatchObject({ severity: 'warning', examples: ['stuck'] });
    expect(report.of('replication-slots').value).toBeGreaterThan(10e6);
    expect(report.of('database-size')).toMatchObject({ severity: 'critical' });
    expect(report.of('dead-rows')).toMatchObject({ severity: 'warning', examples: ['public.dying'] });
    expect(report.of('dead-rows').value).toBeCloseTo(66.7, 1);
    expect(report.of('bloat')).toMatchObject({ severity: 'warning', examples: ['public."bl""oated"'] });
    expect(report.of('bloat').value).toBeGreaterThan(70);
    expect(report.of('unused-indexes')).toMatchObject({
      severity: 'info',
      examples: ['public."never used" on public."bl""oated"'],
    });
    expect(report.of('autovacuum')).toMatchObject({
      severity: 'warning',
      examples: ['public.dying', 'public."bl""oated"'],
    });
    // pg_monitor alone does not show the planner's statistics of somebody's columns.
    expect((await examine(as('monitor'))).of('bloat')).toMatchObject({ severity: 'unknown', value: null });

    const mends = ['replication-slots', 'dead-rows', 'bloat', 'unused-indexes', 'autovacuum'].flatMap(
      (check) => report.of(check).statements ?? [],
    );
    for (const statement of mends) if (!/^SELECT (?!pg_drop)/.test(statement)) await server.run(statement);
    const after = await look({ thresholds: settings.thresholds });
    for (const check of ['replication-slots', 'dead-rows', 'bloat', 'unused-indexes', 'autovacuum']) {
      expect(after.of(check)).toMatchObject({ severity: 'ok' });
    }
  });

  it('schema: sequences near their end, invalid indexes, keys, and what it says to do helps', async () => {
    await server.run(`CREATE TABLE orders (id serial PRIMARY KEY); SELECT setval('orders_id_seq', 2040109466);
      CREATE SEQUENCE "Big"; CREATE TABLE "nar.row" ("Odd Id" int DEFAULT nextval('"Big"'), parent int REFERENCES orders, doubled int);
      SELECT setval('"Big"', 2140000000);
      CREATE SEQUENCE down INCREMENT -1 MINVALUE -100 MAXVALUE -1 START -1; SELECT setval('down', -99);
      CREATE SEQUENCE round_and_round MAXVALUE 10 CYCLE; SELECT setval('round_and_round', 10);
      CREATE TABLE indexed (a int REFERENCES orders, b int REFERENCES orders, c int, PRIMARY KEY (c, a));
      CREATE INDEX ON indexed (a, c); CREATE INDEX ON indexed (b) WHERE b IS NOT NULL;
      INSERT INTO "nar.row" (doubled) VALUES (1), (1)`);
    await expect(
      server.run('CREATE UNIQUE INDEX CONCURRENTLY "tw""ice" ON "nar.row" (doubled)'),
    ).rejects.toThrow('could not create unique index');
    const report = await look();
    const sequences = report.of('sequences');
    expect(sequences).toMatchObject({
      severity: 'critical',
      count: 3,
      examples: [
        expect.stringContaining('public."Big" for the integer public."nar.row"."Odd Id"'),
        expect.stringContaining('public.down'),
        expect.stringContaining('public.orders_id_seq for the integer public.orders.id 95 %'),
      ],
    });
    expect(sequences.value).toBeCloseTo(99.65, 1);
    expect(report.of('invalid-indexes')).toMatchObject({
      severity: 'warning',
      examples: ['public."tw""ice" on public."nar.row"'],
    });
    expect(report.of('primary-keys').examples).toContain('public."nar.row"');
    expect(report.of('foreign-keys')).toMatchObject({
      severity: 'info',
      value: 1,
      statements: ['CREATE INDEX CONCURRENTLY ON public."nar.row" (parent);'],
    });

    await server.run('DELETE FROM "nar.row"');
    for (const check of ['sequences', 'invalid-indexes', 'foreign-keys']) {
      for (const statement of report.of(check).statements ?? []) await server.run(statement);
    }
    const after = await look();
    for (const check of ['sequences', 'invalid-indexes', 'foreign-keys']) {
      expect([check, after.of(check).severity, after.of(check).what]).toEqual([
        check,
        'ok',
        expect.any(String),
      ]);
    }
  });

  it('transaction IDs that vacuum cannot freeze, because of a prepared transaction', async () => {
    await server.run(`BEGIN; CREATE TABLE prepared (id int PRIMARY KEY); PREPARE TRANSACTION 'it''s "left"'`);
    await server.run(`
      DO $$ BEGIN FOR i IN 1..150001 LOOP PERFORM pg_catalog.pg_current_xact_id(); COMMIT; END LOOP; END $$`);
    const late = await look({ thresholds: { 'prepared-transactions': ATONCE } });
    expect(late.of('transaction-ids')).toMatchObject({
      severity: 'warning',
      what: expect.stringContaining('Vacuum should have frozen them at 100,000'),
    });
    const share = { warning: 0.004, critical: 0.005 };
    expect((await look({ thresholds: { 'transaction-ids': share } })).of('transaction-ids').severity).toBe(
      'critical',
    );
    const prepared = late.of('prepared-transactions');
    expect(prepared).toMatchObject({ severity: 'warning', examples: [`it's "left" in postgres`] });
    expect(prepared.statements).toEqual([`ROLLBACK PREPARED 'it''s "left"';`]);
    // The doctor sees it by the same measure.
    const { stdout } = await lifeboat(['doctor', '--json'], {
      environment: { LIFEBOAT_SOURCE_URL: server.url() },
    });
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({
        check: 'source-health',
        verdict: 'warning',
        what: expect.stringContaining('The oldest transaction IDs'),
      }),
    );
    await server.run(prepared.statements?.[0] ?? '');
    expect((await look()).of('prepared-transactions')).toMatchObject({ severity: 'ok', value: 0 });
  });

  it('rollbacks since the last run', async () => {
    const { counters } = await look();
    const before = { counters: counters ?? undefined, unreachableSince: undefined };
    const client = await session();
    for (let n = 0; n < 100; n += 1) await client.query('SELECT 1; BEGIN; ROLLBACK');
    await closeAll();
    await counted(
      `SELECT xact_rollback >= ${(counters?.rollbacks ?? 0) + 100} FROM pg_stat_database WHERE datname = 'postgres'`,
    );
    const now = (await examine(server.url(), {}, before)).of('rollbacks');
    expect(now).toMatchObject({ severity: 'critical', what: expect.stringContaining('since the last run') });
    expect(now.figures?.rollbacks).toBeGreaterThanOrEqual(100);
  });

  it('what the server refuses is unknown with its reason, and costs nothing else', async () => {
    await server.run('REVOKE SELECT ON pg_prepared_xacts, pg_replication_slots FROM PUBLIC');
    const report = await examine(as('monitor'));
    for (const check of ['prepared-transactions', 'replication-slots']) {
      expect(report.of(check)).toMatchObject({
        severity: 'unknown',
        value: null,
        what: expect.stringMatching(
          /^Not known: the server refused it: permission denied .* \(SQLSTATE 42501\)\.$/,
        ),
      });
    }
    expect(report.of('connections')).toMatchObject({ severity: 'ok', value: expect.any(Number) });
    expect(report.of('transaction-ids')).toMatchObject({ value: expect.any(Number) });
    await server.run('GRANT SELECT ON pg_prepared_xacts, pg_replication_slots TO PUBLIC');
  });

  it.runIf(major >= 18)('a damaged page', async () => {
    await server.run('CREATE TABLE damaged AS SELECT generate_series(1, 1000) AS id');
    const client = await server.connect();
    const { rows } = await client.query("SELECT pg_relation_filepath('damaged') AS path");
    await client.end();
    await server.run('CHECKPOINT');
    await server.restart();
    const file = openSync(join(server.dataDirectory, rows[0].path), 'r+');
    writeSync(file, Buffer.alloc(64, 7), 0, 64, 4000);
    closeSync(file);
    await expect(server.run('SELECT count(*) FROM damaged')).rejects.toThrow('invalid page');
    await counted("SELECT checksum_failures > 0 FROM pg_stat_database WHERE datname = 'postgres'");
    expect((await look()).of('checksum-failures')).toMatchObject({
      severity: 'critical',
      what: expect.stringContaining('in postgres'),
    });
  });

  it('a stopped server: critical if nobody knows for how long, and after five minutes', async () => {
    const url = server.url();
    await server.stop();
    const first = await examine(url);
    expect(first).toMatchObject({ severity: 'critical', server: null, counters: null });
    expect(first.of('reachable')).toMatchObject({ value: null, remedy: expect.any(String) });
    expect(first.unreachableSince).toBe(first.checkedAt);
    expect(first.findings.filter(({ severity }) => severity === 'unknown')).toHaveLength(
      first.findings.length - 1,
    );
    const at = (minutes: number) => () => new Date(Date.parse(first.checkedAt) + minutes * 60_000);
    const previous = { counters: undefined, unreachableSince: new Date(first.checkedAt) };
    const soon = await examine(url, {}, previous, at(4));
    expect(soon.of('reachable')).toMatchObject({ severity: 'warning', value: 240 });
    expect(soon.unreachableSince).toBe(first.checkedAt);
    expect((await examine(url, {}, previous, at(5))).of('reachable').severity).toBe('critical');
  });
});
