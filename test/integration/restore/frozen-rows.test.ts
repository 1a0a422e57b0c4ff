import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drillOnServer } from '../../../lib/engine/drill/drill-on-server.ts';
import { truncateEmpty } from '../../../lib/engine/restore/load/frozen-rows.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { openServerTarget } from '../../../lib/engine/target/server/open-server-target.ts';
import { hashOf, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';
import { withObject } from './with-object.ts';

/** 550 bytes each. */
const rows = (from: number, to: number) =>
  `SELECT n AS id, repeat(md5(n::text), 17) AS filler FROM generate_series(${from}, ${to}) n`;

const SOURCE = `
  CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
  CREATE TABLE large AS ${rows(1, 8000)};
  ALTER TABLE large ADD PRIMARY KEY (id);
  CREATE TABLE small AS ${rows(1, 1000)};
  CREATE TABLE parent AS ${rows(1, 8000)};
  CREATE TABLE child () INHERITS (parent);
  INSERT INTO child ${rows(8001, 16000)};
  CREATE TABLE parts (id int, filler text) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (8001);
  CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
  INSERT INTO parts ${rows(1, 16000)};
  -- Which partition a row belongs to depends on the OID of the enum's value: another one in the restored database.
  CREATE TABLE hashed (id int, filler text, state state) PARTITION BY HASH (state);
  ${[0, 1, 2, 3].map((at) => `CREATE TABLE hashed_${at} PARTITION OF hashed FOR VALUES WITH (MODULUS 4, REMAINDER ${at});`).join('\n')}
  INSERT INTO hashed SELECT id, filler, (enum_range(NULL::state))[1 + id % 3] FROM (${rows(1, 24000)}) r;
  CREATE TABLE guarded AS ${rows(1, 8000)};
  ALTER TABLE guarded OWNER TO company_owner;
  REVOKE TRUNCATE ON guarded FROM company_owner`;

const TABLES = ['large', 'small', 'parent', 'child', 'parts', 'hashed', 'guarded'];

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld({ sql: SOURCE });
  // It would freeze by and by what was not frozen.
  await world.target.run('ALTER SYSTEM SET autovacuum = off');
  await world.target.run('SELECT pg_reload_conf()');
  await world.target.run("CREATE ROLE somebody LOGIN PASSWORD 'somebody'");
});
afterAll(() => world?.stop());

function ask(database: string, sql: string): Promise<unknown> {
  return oneValue(world.target, database, sql);
}

async function expectWhole(database: string): Promise<void> {
  for (const table of TABLES) {
    expect
      .soft(await hashOf(world.target, database, table), table)
      .toBe(await hashOf(world.source, 'company', table));
  }
}

/** Whether all pages with rows are, as ANALYZE counted them; the server may have added some more to the file than it needed. */
async function isVisibleToAll(database: string, table: string): Promise<boolean> {
  const visible = await ask(
    database,
    `SELECT relallvisible::text FROM pg_class WHERE oid = '${table}'::regclass`,
  );
  const filled = await ask(
    database,
    `SELECT count(DISTINCT (ctid::text::point)[0])::text FROM ONLY ${table}`,
  );
  expect(['0', filled]).toContain(visible);
  return visible === filled;
}

describe('tables that the restore has made', () => {
  it('are frozen and visible to all without a VACUUM, where they are large enough', async () => {
    const database = await world.newDatabase();
    expect(problemsOf(await world.restore(database))).toEqual([]);
    await expectWhole(database);
    await world.target.run('CREATE EXTENSION pg_visibility', database);
    for (const table of ['large', 'parent', 'parts_1', 'parts_2', 'guarded']) {
      expect.soft(await isVisibleToAll(database, table), table).toBe(true);
      const unfrozen = `SELECT all_visible - all_frozen FROM pg_visibility_map_summary('${table}')`;
      expect.soft(await ask(database, unfrozen), table).toBe('0');
      expect.soft(await ask(database, `SELECT count(*) FROM pg_check_frozen('${table}')`), table).toBe('0');
    }
    // The parent's ANALYZE would wait for a child that is locked.
    for (const table of ['small', 'child']) {
      expect.soft(await isVisibleToAll(database, table), table).toBe(false);
    }
    const client = await world.target.connect(database);
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
    const plan = await client.query(
      'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT count(id) FROM large WHERE id > 0',
    );
    await client.end();
    expect(JSON.stringify(plan.rows)).toMatch(/Index Only Scan.*Heap Fetches: 0/);
  });

  it('get all rows of their siblings, by whatever way these come', async () => {
    for (const jobs of [1, 4]) {
      const database = await world.newDatabase();
      const report = await world.restore(database, { jobs });
      expect(problemsOf(report)).toEqual([]);
      expect(await hashOf(world.target, database, 'hashed')).toBe(
        await hashOf(world.source, 'company', 'hashed'),
      );
    }
  });

  it('are loaded all the same where the role may not truncate', async () => {
    const database = await world.newDatabase();
    await world.target.run(`ALTER DATABASE ${database} OWNER TO somebody`);
    await world.target.run('GRANT ALL ON SCHEMA public TO somebody', database);
    const options = { noOwner: true, mapRoles: { company_owner: 'somebody' } };
    const url = world.target.url(database).replace(/\/\/postgres:[^@]*@/, '//somebody:somebody@');
    const report = await restore({ ...world.request(database, options), settings: connectionSettings(url) });
    expect(problemsOf(report)).toEqual([]);
    await expectWhole(database);
    expect(await isVisibleToAll(database, 'large')).toBe(true);
    expect(await isVisibleToAll(database, 'guarded')).toBe(false);
  });

  it('are loaded all the same where every transaction keeps its first snapshot', async () => {
    const database = await world.newDatabase();
    await world.target.run(
      `ALTER DATABASE ${database} SET default_transaction_isolation = 'repeatable read'`,
    );
    expect(problemsOf(await world.restore(database))).toEqual([]);
    await expectWhole(database);
  });

  it('are whole after a restore that was cut in the middle of one', async () => {
    const database = await world.newDatabase();
    const stop = new AbortController();
    const cutting = withObject(world.vault.store, /public\.large\.copy/, async function* (bytes) {
      stop.abort(new Error('stop'));
      yield* bytes;
    });
    const cut = restore({ ...world.request(database, { jobs: 2, signal: stop.signal }), store: cutting });
    await expect(cut).rejects.toThrow('stop');
    const report = await world.restore(database, { resume: true, jobs: 2 });
    expect(problemsOf(report)).toEqual([]);
    await expectWhole(database);
    expect(await isVisibleToAll(database, 'large')).toBe(true);
  });

  it('are frozen in a drill, too', async () => {
    const report = await drillOnServer({
      store: world.vault.store,
      place: world.place,
      server: connectionSettings(world.target.url()),
      checks: [
        {
          name: 'visible',
          sql: "SELECT relallvisible > 100 FROM pg_class WHERE relname = 'large'",
          expect: 't',
        },
      ],
    });
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(report.verdict).not.toBe('failed');
  });
});

it('never touches what was in the database before', async () => {
  const database = await world.newDatabase();
  await world.restore(database);
  await world.target.run(
    "INSERT INTO parent VALUES (0, 'written since'); CREATE TABLE own AS SELECT 1 AS id",
    database,
  );
  const before = await hashOf(world.target, database, 'parent');
  const options = { intoExisting: true, safetyBackup: false };
  await world.restore(database, { ...options, tables: ['large'] });
  expect(await isVisibleToAll(database, 'large')).toBe(false);
  await world.restore(database, { ...options, tables: ['parts'], content: 'data' });
  expect(await isVisibleToAll(database, 'parts_1')).toBe(false);
  for (const table of ['large', 'parts']) {
    expect(await hashOf(world.target, database, table)).toBe(await hashOf(world.source, 'company', table));
  }
  expect(await hashOf(world.target, database, 'parent')).toBe(before);
  expect(await ask(database, 'SELECT count(*) FROM own')).toBe('1');
});

describe('a table is truncated', () => {
  const at = { schema: 'public', name: 'it' };

  it.each([
    ['when nothing was ever in it', '', true],
    ['not when somebody has put in a row', 'INSERT INTO it VALUES (1)', false],
    ['not when it has a parent', 'CREATE TABLE above (id int); ALTER TABLE it INHERIT above', false],
    ['not when it is a view', 'ALTER TABLE it RENAME TO other; CREATE VIEW it AS SELECT 1 AS id', false],
  ])('%s', async (_, sql, expected) => {
    const database = await world.newDatabase();
    await world.target.run(`CREATE TABLE it (id int); ${sql}`, database);
    const count = await ask(database, 'SELECT count(*) FROM it');
    await using session = await openServerTarget(connectionSettings(world.target.url(database)));
    await session.transaction(async () => {
      expect(await truncateEmpty(session, at)).toBe(expected);
      // Whatever came of it, the transaction goes on.
      expect((await session.execute('SELECT count(*) FROM public.it')).rows[0]?.count).toBe(count);
    });
  });

  it('not when somebody else is at it, and without waiting', async () => {
    const database = await world.newDatabase();
    await world.target.run('CREATE TABLE it (id int)', database);
    const other = await world.target.connect(database);
    await other.query('BEGIN; INSERT INTO it VALUES (1)');
    await using session = await openServerTarget(connectionSettings(world.target.url(database)));
    await session.transaction(async () => expect(await truncateEmpty(session, at)).toBe(false));
    await other.query('COMMIT');
    expect(await ask(database, 'SELECT count(*) FROM it')).toBe('1');
    await other.end();
  });
});
