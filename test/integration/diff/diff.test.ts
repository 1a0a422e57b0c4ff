import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type DiffReport, type DiffRequest, diff } from '../../../lib/engine/diff/diff.ts';
import type { TableDiff } from '../../../lib/engine/diff/diff-report.ts';
import { type SourceSnapshot, withSourceSnapshot } from '../../../lib/engine/diff/source-snapshot.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { newPlace, type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../cli/lifeboat.ts';

const BEFORE = `
  CREATE TABLE users (id bigint PRIMARY KEY, email text, seen timestamptz);
  INSERT INTO users SELECT g, 'u' || g, '2026-01-01' FROM generate_series(1, 1000) g;
  CREATE TABLE same (id int PRIMARY KEY, t text); INSERT INTO same SELECT g, md5(g::text) FROM generate_series(1, 500) g;
  CREATE TABLE pair ("Odd key" text, part int, v text, PRIMARY KEY (part, "Odd key"));
  INSERT INTO pair VALUES (E'tab\\there', 1, 'a'), ('ü', 2, 'b'), ('x', 3, NULL);
  CREATE TABLE log (line text); INSERT INTO log VALUES ('twice'), ('twice'), ('once');
  CREATE TABLE dropped (id int); INSERT INTO dropped VALUES (1), (2);
  CREATE TABLE reshaped (id int PRIMARY KEY, old text, kept text); INSERT INTO reshaped VALUES (1, 'o', 'k'), (2, 'o', 'k');
  CREATE TABLE rekeyed (a int PRIMARY KEY, b int NOT NULL); INSERT INTO rekeyed VALUES (1, 1), (2, 2);
  CREATE TABLE secret (id int); INSERT INTO secret VALUES (1);
  CREATE TABLE events (day date) PARTITION BY RANGE (day);
  CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  INSERT INTO events SELECT date '2026-01-01' + g FROM generate_series(0, 9) g;`;
const AFTER = `
  DELETE FROM users WHERE id IN (7, 77); UPDATE users SET seen = '2026-02-02' WHERE id = 5; INSERT INTO users VALUES (2000, 'new', NULL);
  UPDATE pair SET v = 'changed' WHERE part = 1; DELETE FROM pair WHERE part = 2; UPDATE pair SET v = '' WHERE part = 3;
  DELETE FROM log WHERE ctid = '(0,1)'; INSERT INTO log VALUES ('fresh');
  DROP TABLE dropped;
  ALTER TABLE reshaped DROP COLUMN old, ADD COLUMN fresh int, ALTER COLUMN kept SET DEFAULT 'k'; UPDATE reshaped SET kept = 'changed', fresh = 1 WHERE id = 2;
  ALTER TABLE rekeyed DROP CONSTRAINT rekeyed_pkey, ADD PRIMARY KEY (b); UPDATE rekeyed SET a = 3 WHERE b = 2;
  CREATE TABLE brand_new (id int); INSERT INTO brand_new VALUES (1), (2), (3);
  DELETE FROM events WHERE day = '2026-01-03';`;

let server: PostgresServer;
let vault: TestVault;
let place: BackupPlace;
let directory: string;
beforeAll(async () => {
  vault = await testVault();
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-diff-'));
  server = await startPostgres({ major: 15 });
  await server.run(BEFORE);
  ({ place } = await takeBackup(server.url(), vault));
  await server.run(AFTER);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function compared(
  options: Partial<DiffRequest> = {},
): Promise<DiffReport & { of(name: string): TableDiff }> {
  const report = await diff({
    store: vault.store,
    place,
    settings: connectionSettings(server.url()),
    directory,
    ...options,
  });
  expect(readdirSync(directory)).toEqual([]);
  const of = (name: string) => {
    const table = report.tables.find((one) => one.name === `public.${name}`);
    if (!table) throw new Error(`${name} is not in the report`);
    return table;
  };
  return { ...report, of };
}

const counts = ({ state, deleted, added, changed }: TableDiff) => [state, deleted, added, changed];

it('calls no table the same whose columns, order, key or kind are not', async () => {
  const own = await testVault();
  try {
    await server.run(`CREATE DATABASE shapes`);
    await server.run(
      `CREATE SCHEMA shape;
       CREATE TABLE shape.untouched (id int PRIMARY KEY, a text);
       CREATE TABLE shape.dropped_column (id int PRIMARY KEY, a text, b text);
       CREATE TABLE shape.renamed_column (id int PRIMARY KEY, a text);
       CREATE TABLE shape.wider (id int PRIMARY KEY, a int);
       CREATE TABLE shape.without_key (id int PRIMARY KEY, a text);
       CREATE TABLE shape.no_longer_generated (id int PRIMARY KEY, a int GENERATED ALWAYS AS (id * 2) STORED);
       CREATE TABLE shape.without_generated (id int PRIMARY KEY, a int GENERATED ALWAYS AS (id * 2) STORED);
       CREATE TABLE shape.nullable (id int PRIMARY KEY, a int NOT NULL);
       CREATE TABLE shape.now_a_view (id int PRIMARY KEY);
       CREATE TABLE shape.root (id int) PARTITION BY LIST (id);
       CREATE TABLE shape.detached PARTITION OF shape.root FOR VALUES IN (1);
       INSERT INTO shape.untouched VALUES (1, 'a'); INSERT INTO shape.wider VALUES (1, 1);
       INSERT INTO shape.dropped_column VALUES (1, 'a', 'b'); INSERT INTO shape.now_a_view VALUES (1);`,
      'shapes',
    );
    const { place: before } = await takeBackup(server.url('shapes'), own);
    await server.run(
      `ALTER TABLE shape.dropped_column DROP COLUMN b; ALTER TABLE shape.renamed_column RENAME a TO b;
       ALTER TABLE shape.wider ALTER a TYPE bigint; ALTER TABLE shape.without_key DROP CONSTRAINT without_key_pkey;
       ALTER TABLE shape.no_longer_generated ALTER a DROP EXPRESSION; ALTER TABLE shape.without_generated DROP COLUMN a;
       ALTER TABLE shape.nullable ALTER a DROP NOT NULL;
       DROP TABLE shape.now_a_view; CREATE VIEW shape.now_a_view AS SELECT 1 AS id;
       ALTER TABLE shape.root DETACH PARTITION shape.detached`,
      'shapes',
    );
    const settings = connectionSettings(server.url('shapes'));
    for (const tables of [undefined, ['shape.untouched', 'shape.wider', 'shape.now_a_view']]) {
      const { tables: found } = await diff({
        ...{ store: own.store, place: before, settings, directory },
        ...(tables ? { tables } : {}),
      });
      const told = Object.fromEntries(
        found.map(({ name, state, notes }) => [name, `${state}: ${notes.join('; ')}`]),
      );
      expect(told).toMatchObject({
        'shape.untouched': 'same: ',
        'shape.wider': 'differs: the column a has another type',
        'shape.now_a_view': 'gone: the source has a view of that name',
        ...(tables
          ? {}
          : {
              'shape.dropped_column': 'differs: not compared, because the source has no such column: b',
              'shape.renamed_column': expect.stringMatching(
                /^differs: .* no such column: a; .* no such column: b$/,
              ),
              'shape.without_key': expect.stringMatching(/^differs: .*the primary key is not the same/),
              'shape.no_longer_generated': expect.stringMatching(
                /^differs: the column a has another generated/,
              ),
              'shape.without_generated': 'differs: the generated column a is gone',
              'shape.nullable': 'differs: the column a has another not null',
              'shape.detached': 'differs: the table has another partition of',
            }),
      });
    }
  } finally {
    own.remove();
  }
});

describe('what became of a backup', () => {
  let report: Awaited<ReturnType<typeof compared>>;
  beforeAll(async () => {
    report = await compared();
  });

  it('is told row by row where there is a primary key', () => {
    expect(report.of('users')).toMatchObject({
      state: 'differs',
      comparedBy: 'primary key',
      backupRows: 1000,
      sourceRows: 999,
      deleted: 2,
      added: 1,
      changed: 1,
      notes: [],
      examples: {
        deleted: expect.arrayContaining([{ key: { id: '7' } }, { key: { id: '77' } }]),
        added: [{ key: { id: '2000' } }],
        changed: [{ key: { id: '5' } }],
      },
    });
    expect(counts(report.of('same'))).toEqual(['same', 0, 0, 0]);
    expect(counts(report.of('events_a'))).toEqual(['differs', 1, 0, null]);
  });

  it('keeps keys of several columns, in any characters, and NULL apart from an empty text', () => {
    const pair = report.of('pair');
    expect(counts(pair)).toEqual(['differs', 1, 0, 2]);
    expect(pair.examples.deleted).toEqual([{ key: { 'Odd key': 'ü', part: '2' } }]);
    expect(pair.examples.changed).toContainEqual({ key: { 'Odd key': 'tab\there', part: '1' } });
  });

  it('is counted in whole rows where there is none, each as often as it is there', () => {
    expect(report.of('log')).toMatchObject({ comparedBy: 'whole row', deleted: 1, added: 1, changed: null });
    expect(report.of('log').examples.deleted).toEqual([]);
  });

  it('tells of tables that went and came', () => {
    expect(counts(report.of('dropped'))).toEqual(['gone', 2, null, null]);
    expect(counts(report.of('brand_new'))).toEqual(['new', null, 3, null]);
  });

  it('compares the columns that are on both sides, and says which are not', () => {
    expect(counts(report.of('reshaped'))).toEqual(['differs', 0, 0, 1]);
    expect(report.of('reshaped').notes).toEqual([
      'not compared, because the source has no such column: old',
      'not compared, because the backup has no such column: fresh',
    ]);
    expect(report.of('rekeyed')).toMatchObject({ comparedBy: 'whole row', deleted: 1, added: 1 });
    expect(report.of('rekeyed').notes).toEqual([expect.stringContaining('primary key is not the same')]);
  });

  it('tells of the schema what is not as it was', () => {
    const changes = report.schema.map(({ kind, name, change }) => `${change} ${kind} ${name}`);
    expect(changes).toEqual(
      expect.arrayContaining([
        'deleted table public.dropped',
        'added table public.brand_new',
        'deleted column public.reshaped.old',
        'added column public.reshaped.fresh',
        'changed constraint rekeyed_pkey on public.rekeyed',
      ]),
    );
    expect(changes.join()).not.toContain('public.users');
    // Once, though it differs as a fact and as a text.
    expect(report.schema.find(({ name }) => name === 'public.reshaped.kept')?.facts).toEqual(['default']);
  });

  it('adds up', () => {
    expect(report.totals).toEqual({ tables: 10, same: 2, deleted: 8, added: 6, changed: 4, unknown: 0 });
    expect(Date.parse(report.sourceAt)).toBeGreaterThan(Date.parse(report.backupAt));
  });
});

it('only some tables, a few examples, and whole rows, when asked for', async () => {
  const report = await compared({ tables: ['users', 'log'], limit: 1, wholeRows: true });
  expect(report.tables.map(({ name }) => name)).toEqual(['public.log', 'public.users']);
  expect(report.schema).toEqual([]);
  expect(report.of('users').examples.deleted).toHaveLength(1);
  expect(report.of('users').examples.changed).toEqual([
    {
      key: { id: '5' },
      backup: { id: '5', email: 'u5', seen: '2026-01-01 00:00:00+00' },
      source: { id: '5', email: 'u5', seen: '2026-02-02 00:00:00+00' },
    },
  ]);
  expect(report.of('log').examples.added).toEqual([{ source: { line: 'fresh' } }]);
  await expect(compared({ tables: ['nope'] })).rejects.toMatchObject({ code: 'table-unknown' });
});

it('a role that may not read a table, or not all of it, is told so instead of being told of deleted rows', async () => {
  await server.run(`CREATE ROLE half LOGIN PASSWORD 'half'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO half;
    REVOKE ALL ON secret FROM half; ALTER TABLE same ENABLE ROW LEVEL SECURITY;
    CREATE POLICY first_ones ON same TO half USING (id < 10)`);
  try {
    const url = server.url().replace(`postgres:${server.password}@`, 'half:half@');
    const report = await compared({ settings: connectionSettings(url) });
    expect(report.of('secret')).toMatchObject({
      state: 'unknown',
      deleted: null,
      notes: ['the role may not read it in the source'],
    });
    expect(report.of('same')).toMatchObject({
      state: 'unknown',
      notes: ['row-level security hides rows of it from the role'],
    });
    expect(report.of('users').deleted).toBe(2);
    expect(report.totals.unknown).toBe(2);
  } finally {
    await server.run(
      'ALTER TABLE same DISABLE ROW LEVEL SECURITY; DROP POLICY first_ones ON same; DROP OWNED BY half; DROP ROLE half',
    );
  }
});

it('nobody can empty a table between the snapshot and the reading', async () => {
  const options = { signal: new AbortController().signal, wanted: () => true };
  await withSourceSnapshot(connectionSettings(server.url()), options, async ({ query }) => {
    const emptying = server.run("SET lock_timeout = '200ms'; TRUNCATE same");
    await expect(emptying).rejects.toMatchObject({ code: '55P03' });
    expect(await query('SELECT count(*)::int AS rows FROM public.same')).toEqual([{ rows: 500 }]);
  });
});

it('reads again, under another snapshot, when labels are exchanged while it reads', async () => {
  await server.run('CREATE DATABASE labels');
  await server.run(
    "CREATE TYPE role AS ENUM ('user', 'admin'); CREATE TABLE person AS SELECT 'user'::role AS role",
    'labels',
  );
  const exchange = `BEGIN; ALTER TYPE role RENAME VALUE 'user' TO 'x'; ALTER TYPE role RENAME VALUE 'admin' TO 'user';
    ALTER TYPE role RENAME VALUE 'x' TO 'admin'; COMMIT`;
  const options = { signal: new AbortController().signal, wanted: () => true };
  const settings = connectionSettings(server.url('labels'));
  const printed: string[] = [];
  const read = async ({ query }: SourceSnapshot, exchanges: boolean) => {
    if (exchanges) await server.run(exchange, 'labels');
    printed.push(String((await query('SELECT role::text AS role FROM public.person'))[0]?.role));
  };
  await withSourceSnapshot(settings, options, (snapshot) => read(snapshot, printed.length === 0));
  expect(printed).toEqual(['admin', 'admin']);
  await expect(
    withSourceSnapshot(settings, options, (snapshot) => read(snapshot, true)),
  ).rejects.toMatchObject({
    code: 'source-schema-changed',
    what: expect.stringContaining('type public.role'),
    meaning: 'The comparison stopped; nothing was changed.',
  });
  expect(printed).toHaveLength(5);
});

it('waits for a migration, without queueing up in front of others', async () => {
  const migration = await server.connect();
  await migration.query('BEGIN; TRUNCATE same');
  const comparing = compared({ tables: ['same'] });
  const watcher = await server.connect();
  const waiting = async () =>
    (await watcher.query('SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted')).rows[0].n;
  await expect.poll(waiting, { timeout: 60_000 }).toBe(1);
  // It lets go by itself, and asks again.
  await expect.poll(waiting, { timeout: 60_000 }).toBe(0);
  await migration.query('ROLLBACK');
  await Promise.all([migration.end(), watcher.end()]);
  expect(counts((await comparing).of('same'))).toEqual(['same', 0, 0, 0]);
});

it('what a backup left out on purpose is no difference', async () => {
  await server.run(
    'CREATE SCHEMA scratch; CREATE TABLE scratch.t (id int PRIMARY KEY); CREATE TABLE left_out (id int)',
  );
  const other = newPlace('narrow');
  const selection = { excludeSchemas: ['scratch'], excludeTables: ['public.left_out'] };
  const { manifest } = await takeBackup(server.url(), vault, { place: other, selection });
  expect(manifest.leftOut.length).toBeGreaterThan(0);
  const report = await compared({ place: other });
  expect(report.tables.filter(({ state }) => state !== 'same')).toEqual([]);
  expect(report.schema).toEqual([]);
  await server.run('DROP SCHEMA scratch CASCADE; DROP TABLE left_out');
});

it('more rows than memory should hold are put aside on disk, and nothing of it stays', async () => {
  const other = newPlace('large');
  await server.run('CREATE DATABASE large');
  await server.run(
    'CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT g, g FROM generate_series(1, 450000) g',
    'large',
  );
  await takeBackup(server.url('large'), vault, { place: other });
  await server.run(
    'DELETE FROM t WHERE id % 100000 = 0; UPDATE t SET v = 0 WHERE id = 300001; INSERT INTO t VALUES (-1, 1)',
    'large',
  );
  const report = await diff({
    store: vault.store,
    place: other,
    settings: connectionSettings(server.url('large')),
    directory,
  });
  expect(report.tables.map(counts)).toEqual([['differs', 4, 1, 1]]);
  expect(report.tables[0]?.examples.deleted.map(({ key }) => Number(key?.id)).sort((a, b) => a - b)).toEqual([
    100000, 200000, 300000, 400000,
  ]);
  expect(readdirSync(directory)).toEqual([]);
  await server.run('DROP DATABASE large');
});

it('ends at once when it is told to, and leaves the source as it was', async () => {
  const abort = new AbortController();
  const observer = { onProgress: () => abort.abort(new Error('enough')) };
  await expect(compared({ signal: abort.signal, observer })).rejects.toThrow('enough');
  await expect
    .poll(async () => {
      const client = await server.connect();
      const { rows } = await client.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'lifeboat'",
      );
      await client.end();
      return rows[0].n;
    })
    .toBe(0);
});

it('on the command line: a table of what differs, keys, and the totals; or one object', async () => {
  const environment = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault.directory };
  const argv = ['diff', `manual/test/${place.backupId}`];
  const { exitCode, stdout, stderr } = await lifeboat([...argv, '--limit', '1'], { environment });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^public\.users +1,000 +999 +2 +1 +1 {2}differs$/m);
  expect(stdout).not.toMatch(/^public\.same/m);
  expect(stdout).toMatch(/^ {2}deleted {2}id=\d+; and 1 more \(--limit\)$/m);
  const name = `lifeboat restore manual/test/${place.backupId} \\\n`;
  expect(stdout).toContain(`${name}    --table public.dropped \\\n    --into-source\n`);
  expect(stdout).toContain(
    `${name}    --rows --table public.pair --table public.reshaped --table public.users \\\n    --overwrite --into-source\n`,
  );
  expect(stdout).toContain(`${name}    --table public.log --as public.log_restored \\\n    --into-source\n`);
  expect(stdout).toContain('8 deleted, 6 added, 4 changed since');
  expect(stdout).not.toContain(server.password);
  const json = JSON.parse((await lifeboat([...argv, '--json', '--table', 'users'], { environment })).stdout);
  expect(json).toMatchObject({ name: `manual/test/${place.backupId}`, totals: { tables: 1, deleted: 2 } });
});

it('says first that the database is another than the one that was backed up, and then gives no advice', async () => {
  await server.run('CREATE DATABASE elsewhere');
  await server.run('CREATE TABLE users (id bigint PRIMARY KEY, email text, seen timestamptz)', 'elsewhere');
  const environment = { LIFEBOAT_SOURCE_URL: server.url('elsewhere'), LIFEBOAT_VAULT: vault.directory };
  const argv = ['diff', `manual/test/${place.backupId}`, '--table', 'users'];
  const { stdout } = await lifeboat(argv, { environment });
  expect(stdout).toMatch(
    /^Another database: postgres@127\.0\.0\.1:\d+\/elsewhere is not the one that was backed up\.$/m,
  );
  expect(stdout).not.toContain('lifeboat restore');
  expect(JSON.parse((await lifeboat([...argv, '--json'], { environment })).stdout)).toMatchObject({
    sameDatabase: false,
  });
  const own = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault.directory };
  expect(JSON.parse((await lifeboat([...argv, '--json'], { environment: own })).stdout)).toMatchObject({
    sameDatabase: true,
  });
});
