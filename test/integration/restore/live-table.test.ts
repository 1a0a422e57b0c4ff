import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { resolveBackup } from '../../../lib/engine/archive/resolve-backup.ts';
import { query } from '../../../lib/engine/browse/query/query.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { diff } from '../../../lib/engine/diff/diff.ts';
import { type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { LOCK_ATTEMPT_MS } from '../../../lib/engine/restore/target/lock-attempt-ms.ts';
import { busyClients } from './busy-clients.ts';
import { hashOf, objectsIn, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

let world: RestoreWorld;
let database: string;
let databases = 0;
beforeAll(async () => {
  world = await openWorld({ major: 17 });
  // What goes with app.orders besides keys and views: a policy and a rule of other tables, a function, a default.
  await world.source.run(
    `CREATE TABLE app.notes (id int PRIMARY KEY, order_id bigint, number bigint DEFAULT nextval('app.orders_id_seq'));
     INSERT INTO app.notes SELECT n, n FROM generate_series(1, 50) n;
     ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
     CREATE POLICY of_orders ON app.notes USING (EXISTS (SELECT FROM app.orders o WHERE o.id = order_id));
     CREATE RULE noted AS ON DELETE TO app.notes DO ALSO UPDATE app.orders SET note = 'gone' WHERE id = OLD.order_id;
     CREATE FUNCTION app.total(o app.orders) RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT o.total; END;
     CREATE FUNCTION app.all_totals() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT sum(total) FROM app.orders; END;
     COMMENT ON FUNCTION app.all_totals() IS 'of all orders';
     COMMENT ON POLICY of_orders ON app.notes IS 'theirs'`,
    'company',
  );
  const { takeBackup } = await import('../../support/vaults.ts');
  const { place } = await takeBackup(world.source.url('company'), world.vault);
  world = { ...world, place, request: (name, options) => ({ ...base(name), ...options, place }) };
  function base(name: string): RestoreRequest {
    return {
      store: world.vault.store,
      place,
      settings: connectionSettings(world.source.url(name)),
      unproven: true,
    };
  }
});
afterAll(() => world?.stop());

/** The source as it was when it was backed up; it is in use from then on. */
beforeEach(async () => {
  databases += 1;
  database = `live_${databases}`;
  await world.source.run(`CREATE DATABASE ${database} TEMPLATE company`);
});

const request = (options: Partial<RestoreRequest> = {}) =>
  world.request(database, { tables: ['app.orders'], intoSource: true, safetyBackup: false, ...options });

/** The note of the first order, as a backup has it. */
async function noteInBackup(name: string): Promise<string | null | undefined> {
  const { store } = world.vault;
  const found: Array<string | null | undefined> = [];
  await query(
    { store, place: await resolveBackup(store, name), sql: 'SELECT note FROM app.orders WHERE id = 1' },
    { columns: () => {}, row: ([note]) => void found.push(note) },
  );
  return found[0];
}

/** Names of tables and objects that differ from the backup. */
async function differences(): Promise<string[]> {
  const report = await diff({
    store: world.vault.store,
    place: world.place,
    settings: connectionSettings(world.source.url(database)),
  });
  return [
    ...report.tables.filter(({ state }) => state !== 'same').map(({ name, state }) => `${name} ${state}`),
    ...report.schema.map(({ kind, name, change }) => `${kind} ${name} ${change}`),
  ];
}

const WITH_IT = [
  'foreign key lines_order_id_fkey on app.lines',
  'view app.paid',
  'view app.paid_total',
  'materialized view app.statistics',
  'policy of_orders on app.notes',
  'rule noted on app.notes',
  'function app.total(app.orders)',
  'function app.all_totals()',
  'default of number on app.notes',
  'publication changes for app.orders',
];

it('brings back a table that was dropped with CASCADE, and all that went with it, while others work', async () => {
  await world.source.run('DROP TABLE app.orders CASCADE', database);
  expect((await differences()).length).toBeGreaterThan(WITH_IT.length);
  const clients = await busyClients(world.source, {
    database,
    clients: 5,
    statements: (client) => [
      'SELECT count(*) FROM auth.users u JOIN app.lines l ON l.order_id = u.id',
      `INSERT INTO app.events VALUES (${5000 + client * 1e6} + (random() * 1e6)::int, 'new', date '2026-06-01') ON CONFLICT DO NOTHING`,
      'SELECT count(*) FROM app.orders o JOIN app.lines l ON l.order_id = o.id',
      'SELECT count(*) FROM app.paid_total',
    ],
    expects: ['42P01'],
  });
  await clients.progress(5);
  const report = await restore(request());
  await clients.progress(5);
  const { longestMs, errors, statements } = await clients.stop();
  console.log(`dropped table: ${statements} statements, the longest took ${Math.round(longestMs)} ms`);
  expect(errors).toEqual([]);
  expect(problemsOf(report)).toEqual([]);
  expect(report.outcome).toBe('restored');
  expect([...report.dependents.made].sort()).toEqual([...WITH_IT].sort());
  // What the clients wrote, and nothing else.
  expect(await differences()).toEqual(['app.events_rest differs']);
  expect((await objectsIn(world.source, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
});

it('replaces a table that others read and write, in short attempts for its locks', async () => {
  const holder = await world.source.connect(database);
  await holder.query('BEGIN; SELECT count(*) FROM app.orders');
  const clients = await busyClients(world.source, {
    database,
    clients: 5,
    statements: () => [
      'SELECT count(*) FROM app.orders WHERE user_id = 7',
      'UPDATE app.orders SET note = note WHERE id = 1 + (random() * 2999)::int',
      'SELECT count(*) FROM app.paid_total',
      'SELECT count(*) FROM app.orders o JOIN auth.users u ON u.id = o.user_id JOIN app.lines l ON l.order_id = o.id',
    ],
  });
  await clients.progress(5);
  const notices: string[] = [];
  const waited = Promise.withResolvers<void>();
  const restored = restore(
    request({
      dependents: 'with',
      observer: {
        onNotice(notice) {
          notices.push(notice);
          if (notices.length === 2) waited.resolve();
        },
      },
    }),
  );
  await Promise.race([waited.promise, restored]);
  // The transaction is still open: nobody queues behind the restore until it ends.
  await clients.progress(3);
  await holder.query('COMMIT');
  const report = await restored;
  await clients.progress(5);
  const { longestMs, errors, statements } = await clients.stop();
  console.log(
    `replaced table: ${statements} statements, the longest took ${Math.round(longestMs)} ms; an attempt may take ${LOCK_ATTEMPT_MS} ms`,
  );
  expect(errors).toEqual([]);
  // The promise that the docs make; a statement of a client waits for it, and for its turn on a busy machine.
  expect(LOCK_ATTEMPT_MS).toBeLessThan(2000);
  expect(notices[0]).toMatch(
    /^Waiting for a lock: pid \d+ \(postgres.*has locked app\.orders.*idle in transaction/,
  );
  expect(problemsOf(report)).toEqual([]);
  expect(await differences()).toEqual([]);
});

it('names who holds the lock, changes nothing, and goes on when the same command is given again', async () => {
  await world.source.run("UPDATE app.orders SET note = 'spoilt'", database);
  const before = [
    await hashOf(world.source, database, 'app.orders'),
    await objectsIn(world.source, database),
  ];
  const oid = () => oneValue(world.source, database, "SELECT 'app.orders'::regclass::oid");
  const was = await oid();
  const holder = await world.source.connect(database);
  await holder.query("SET application_name = 'nightly report'; BEGIN");
  await holder.query("SELECT count(*) FROM app.orders WHERE note = 'top secret' AND id > 4711");
  const options = { dependents: 'with', lockPatienceMs: 1 } as const;
  const error: { message: string } = await restore(request(options)).then(
    () => Promise.reject(new Error('it was restored')),
    (reason) => reason,
  );
  expect(error).toMatchObject({ code: 'restore-lock-held', kind: 'target' });
  const { rows } = await holder.query('SELECT pg_backend_pid() AS pid');
  expect(error.message).toMatch(
    new RegExp(
      `pid ${rows[0].pid} \\(postgres, application "nightly report", from 127\\.0\\.0\\.1\\) has locked .*app\\.orders.*, in a transaction since 20.*, idle in transaction; its latest query begins: SELECT count`,
    ),
  );
  expect(error.message).toContain(`SELECT pg_terminate_backend(${rows[0].pid});`);
  expect(error.message).toContain('kept for another try');
  expect(error.message).not.toMatch(/secret|4711/);
  expect(await hashOf(world.source, database, 'app.orders')).toBe(before[0]);
  expect((await objectsIn(world.source, database)).filter((name) => !name.startsWith('lifeboat'))).toEqual(
    before[1],
  );
  expect(await oid()).toBe(was);

  await holder.query('COMMIT');
  // A night later: what was written since the first try is in no backup but the one that this try takes.
  await world.source.run("UPDATE app.orders SET note = 'of the next morning' WHERE id = 1", database);
  const report = await restore(request({ ...options, safetyBackup: true }));
  expect(report).toMatchObject({ outcome: 'restored', resumed: true });
  expect(problemsOf(report)).toEqual([]);
  expect(report.safetyBackup).toMatch(/-before-restore\//);
  expect(await noteInBackup(String(report.safetyBackup))).toBe('of the next morning');
  expect(await differences()).toEqual([]);
  expect((await objectsIn(world.source, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
});

it('says what stays missing when dependents are not made, and gives the command that makes them', async () => {
  await world.source.run('DROP TABLE app.orders CASCADE', database);
  const report = await restore(request({ dependents: 'without' }));
  expect(report.outcome).toBe('restored with failures');
  expect([...report.dependents.missing].sort()).toEqual([...WITH_IT].sort());
  expect(report.dependents.command).toBe(
    `lifeboat restore manual/test/${world.place.backupId} --table app.orders --only-dependents --into-source`,
  );
  // There is nothing to resume.
  expect((await objectsIn(world.source, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
  const again = await restore(request({ dependents: 'only' }));
  expect(problemsOf(again)).toEqual([]);
  expect(again.totals.tables).toBe(0);
  expect(await differences()).toEqual([]);
});

it('goes on after it was cut in the exchange', async () => {
  await world.source.run('DELETE FROM app.orders WHERE id NOT IN (SELECT order_id FROM app.lines)', database);
  await world.source.run("UPDATE app.orders SET note = 'spoilt'", database);
  const holder = await world.source.connect(database);
  await holder.query('BEGIN; SELECT count(*) FROM app.orders');
  const stop = new AbortController();
  const cut = restore(
    request({
      dependents: 'with',
      signal: stop.signal,
      observer: { onNotice: () => stop.abort(new Error('Ctrl-C')) },
    }),
  );
  await expect(cut).rejects.toThrow('Ctrl-C');
  await holder.query('COMMIT');
  const report = await restore(request({ resume: true, tables: undefined, intoSource: undefined }));
  expect(problemsOf(report)).toEqual([]);
  expect(await differences()).toEqual([]);
});

it('tries again what it could not make, when it goes on after the exchange', async () => {
  await world.source.run(
    'INSERT INTO app.orders (id, user_id) OVERRIDING SYSTEM VALUE VALUES (99999, 1); UPDATE app.lines SET order_id = 99999 WHERE order_id = 1',
    database,
  );
  const refused = {
    name: expect.stringContaining('lines_order_id_fkey on app.lines'),
    reason: expect.stringContaining('it is NOT VALID here'),
  };
  const first = await restore(request({ dependents: 'with' }));
  expect(first.items).toContainEqual(expect.objectContaining(refused));
  const again = await restore(request({ resume: true, tables: undefined, intoSource: undefined }));
  expect(again.outcome).toBe('restored with failures');
  expect(again.items).toContainEqual(expect.objectContaining(refused));
  expect(again.dependents.made).toEqual(first.dependents.made);
  await world.source.run('UPDATE app.lines SET order_id = 1 WHERE order_id = 99999', database);
  const last = await restore(request({ resume: true, tables: undefined, intoSource: undefined }));
  expect(problemsOf(last)).toEqual([]);
  expect(await differences()).toEqual([]);
});

it('names a prepared transaction that holds the lock', async () => {
  await world.source.run(
    "BEGIN; DELETE FROM app.orders WHERE false; PREPARE TRANSACTION 'it''s forgotten'",
    database,
  );
  const error: { message: string } = await restore(request({ dependents: 'with', lockPatienceMs: 1 })).then(
    () => Promise.reject(new Error('it was restored')),
    (reason) => reason,
  );
  await world.source.run("ROLLBACK PREPARED 'it''s forgotten'", database);
  expect(error.message).toContain("the prepared transaction it's forgotten (postgres) has locked app.orders");
  expect(error.message).toContain("ROLLBACK PREPARED 'it''s forgotten';");
});

it('waits no longer for all its locks together than one attempt may last', async () => {
  const holders: Array<{ query(sql: string): Promise<unknown> }> = [];
  for (const table of ['app.lines', 'app.orders', 'auth.users']) {
    const client = await world.source.connect(database);
    await client.query(`BEGIN; SELECT count(*) FROM ${table}`);
    holders.push(client);
  }
  const watcher = await world.source.connect(database);
  let longestMs = 0;
  let isDone = false;
  // Each lets go shortly before the time for one lock alone would be over, and the next one is in the way.
  const watching = (async () => {
    for (let released = 0; !isDone; await delay(20)) {
      const { rows } = await watcher.query(
        `SELECT extract(epoch FROM clock_timestamp() - query_start) * 1000 AS ms FROM pg_stat_activity
          WHERE application_name = 'lifeboat' AND wait_event_type = 'Lock' AND datname = current_database()`,
      );
      for (const { ms } of rows) longestMs = Math.max(longestMs, Number(ms));
      if (longestMs < LOCK_ATTEMPT_MS * 0.9 * (released + 1)) continue;
      await holders[released]?.query('COMMIT');
      released += 1;
    }
  })();
  const refused = restore(request({ dependents: 'with', lockPatienceMs: 1 }));
  await expect(refused).rejects.toMatchObject({ code: 'restore-lock-held' });
  isDone = true;
  await watching;
  for (const holder of holders) await holder.query('COMMIT');
  expect(longestMs).toBeGreaterThan(0);
  expect(longestMs).toBeLessThan(LOCK_ATTEMPT_MS * 2);
});

it('loads rows alone only under locks that nobody waits long for, and leaves nothing behind', async () => {
  await world.source.run('UPDATE app.notes SET number = 0', database);
  const holder = await world.source.connect(database);
  await holder.query('BEGIN; SELECT count(*) FROM app.notes');
  const options = { tables: ['app.notes'], content: 'data' as const, lockPatienceMs: 1 };
  const refused = restore(request(options));
  await expect(refused).rejects.toMatchObject({ code: 'restore-lock-held' });
  await expect(refused).rejects.toThrow(/has locked app\.notes.*the tables hold what they held/s);
  expect((await objectsIn(world.source, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
  await holder.query('COMMIT');
  expect(problemsOf(await restore(request(options)))).toEqual([]);
  expect(await differences()).toEqual([]);
});

it('restores in place where the role may not create schemas', async () => {
  await world.source.run(
    `CREATE ROLE clerk_${databases} LOGIN PASSWORD 'clerk'; ALTER DATABASE ${database} OWNER TO postgres;
     REVOKE CREATE ON DATABASE ${database} FROM PUBLIC`,
  );
  await world.source.run(
    `GRANT ALL ON SCHEMA app, auth TO clerk_${databases}; GRANT ALL ON ALL TABLES IN SCHEMA app, auth TO clerk_${databases};
     ALTER TABLE app.notes OWNER TO clerk_${databases}; UPDATE app.notes SET number = 0`,
    database,
  );
  const url = world.source.url(database).replace(/\/\/postgres:[^@]*@/, `//clerk_${databases}:clerk@`);
  const settings = connectionSettings(url);
  const report = await restore(
    request({ settings, tables: ['app.notes'], noOwner: true, noPrivileges: true }),
  );
  expect(problemsOf(report)).toEqual([]);
  expect(report.phases.map(({ phase }) => phase)).not.toContain('exchange');
  expect(await hashOf(world.source, database, 'app.notes')).toBe(
    await hashOf(world.source, 'company', 'app.notes'),
  );
});
