import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../lib/cli/program/exit-codes.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { planRestore, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { lifeboat } from '../cli/lifeboat.ts';
import { hashOf, objectsIn, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';
import { withObject } from './with-object.ts';

const SQL = readFileSync(new URL('copied-schema.sql', import.meta.url), 'utf8');
const LIVE = { intoExisting: true } as const;

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld({ sql: SQL });
  await world.target.run('CREATE ROLE company_app LOGIN; CREATE ROLE company_owner');
  await world.target.run('CREATE DATABASE lived_in TEMPLATE template0');
  await world.target.run(SQL, 'lived_in');
});
afterAll(() => world?.stop());

/** A database that is in use, with everything that the backup has. */
async function livedIn(): Promise<string> {
  const database = await world.newDatabase();
  await world.target.run(`DROP DATABASE ${database}`);
  await world.target.run(`CREATE DATABASE ${database} TEMPLATE lived_in`);
  return database;
}

const value = (database: string, sql: string) => oneValue(world.target, database, sql);

describe('a schema under another name', () => {
  it('is made with everything, and refers to itself; what exists is neither changed nor locked', async () => {
    const database = await livedIn();
    const before = await objectsIn(world.target, database);
    // Somebody writes to all tables: a foreign key to one of them would wait for the end of this.
    const writer = await world.target.connect(database);
    await writer.query('BEGIN; LOCK TABLE app.app, app.lines, app.events, auth.users IN ROW EXCLUSIVE MODE');
    const report = await world.restore(database, { ...LIVE, schemas: ['app'], asSchema: 'app_then' });
    await writer.query('COMMIT');
    await writer.end();
    expect(problemsOf(report)).toEqual([]);
    expect(report.outcome).toBe('restored');
    expect(report.safetyBackup).toBeNull();
    const now = await objectsIn(world.target, database);
    expect(now.filter((name) => !name.startsWith('app_then.'))).toEqual(before);
    for (const table of ['app', 'lines', 'events', 'child', 'statistics', 'extras'])
      expect(await hashOf(world.target, database, `app_then.${table}`), table).toBe(
        await hashOf(world.source, 'company', `app.${table}`),
      );
    expect(report.copy).toMatchObject({
      schema: { from: 'app', to: 'app_then' },
      stillNames: ['function app_then.text_body()', 'table app_then.app', 'column label on app_then.child'],
      searchPaths: ['function app_then.by_path()'],
      leftOut: [
        { name: 'foreign key app_user_id_fkey on app.app', reason: expect.stringContaining('auth.users') },
      ],
    });
    expect(report.notes.join('\n')).toMatch(/text still names app.*function app_then\.text_body\(\)/);
    // What the copy gives out is its own, and lives on when the original is gone.
    expect(
      await value(database, "SELECT count(*) FROM pg_publication_tables WHERE schemaname = 'app_then'"),
    ).toBe('0');
    expect(await value(database, "SELECT has_table_privilege('company_app', 'app_then.app', 'SELECT')")).toBe(
      true,
    );
    expect(
      await value(
        database,
        "SELECT has_function_privilege('company_app', 'app_then.text_body()', 'EXECUTE')",
      ),
    ).toBe(false);
    expect(await value(database, "SELECT (('new', 1)::app_then.pair)::app_then.state")).toBe('new');
    await world.target.run(
      "INSERT INTO app_then.app (email) VALUES ('n@x'); DELETE FROM ONLY app.app",
      database,
    );
    expect(await value(database, 'SELECT last_value FROM app.numbers')).toBe('301');
    expect(await value(database, 'SELECT app_then.by_path()')).toBe('302');
    // As the report said.
    expect(await value(database, 'SELECT app_then.text_body()')).toBe('1');
    await world.target.run('DROP SCHEMA app CASCADE', database);
    expect(await value(database, 'SELECT n FROM app_then.app_users')).not.toBeUndefined();
    expect((await objectsIn(world.target, database)).filter((name) => name.startsWith('app_then.'))).toEqual(
      now.filter((name) => name.startsWith('app_then.')),
    );
  });

  it('may have any name', async () => {
    const database = await livedIn();
    const schema = `o'dd "x".y`;
    const report = await world.restore(database, { ...LIVE, schemas: [schema], asSchema: `it's "☃".z` });
    expect(problemsOf(report)).toEqual([]);
    expect(await value(database, `SELECT "From" FROM "it's ""☃"".z"."view" ORDER BY 1 LIMIT 1`)).toBe('x');
    expect(await value(database, `SELECT nextval('"it''s ""☃"".z"."a.b"')`)).toBe('3');
    expect(await value(database, `SELECT last_value FROM "o'dd ""x"".y"."a.b"`)).toBe('2');
  });

  it('goes into a database that has only what it needs of others', async () => {
    const database = await world.newDatabase();
    const asked = { schemas: ['app'], asSchema: 'app_then' };
    expect(await refusalOf(planRestore(world.request(database, asked)))).toMatchObject({
      code: 'restore-copy-needs',
      what: expect.stringMatching(/auth\.hstore \(of an extension: hstore\)/),
    });
    await world.target.run(
      'CREATE SCHEMA auth; CREATE EXTENSION hstore SCHEMA auth; CREATE TABLE auth.users (id int, name text)',
      database,
    );
    const excludeTables = ['app.events', 'auth.users'];
    const report = await world.restore(database, { ...asked, ...LIVE, excludeTables });
    expect(problemsOf(report)).toEqual([]);
    expect(await value(database, "SELECT to_regclass('app_then.events')")).toBeNull();
    expect(await value(database, "SELECT count(*) FROM pg_namespace WHERE nspname = 'app'")).toBe('0');
  });
});

describe('a partition that is not copied', () => {
  it.each<[string, Partial<RestoreRequest>, string, RegExp]>([
    [
      'because it is in another schema',
      { schemas: ['split'], asSchema: 'split_then' },
      'split_then.tree',
      /partition apart\.high of split\.tree with 10 rows, partition apart\.rest of split\.tree with 10 rows/,
    ],
    [
      'because it is excluded',
      { tables: ['split.tree'], excludeTables: ['apart.rest'], asSuffix: '_then' },
      'split.tree_then',
      /partition apart\.rest of split\.tree with 10 rows/,
    ],
  ])('is told in the plan, %s, and is no failure', async (_, asked, tree, told) => {
    const database = await livedIn();
    const request = world.request(database, { ...LIVE, ...asked });
    expect((await planRestore(request)).notes.join('\n')).toMatch(told);
    const report = await restore(request);
    expect(problemsOf(report)).toEqual([]);
    expect(report.outcome).toBe('restored');
    expect(report.notes.join('\n')).toMatch(told);
    const rows = 'schemas' in asked ? '10' : '20';
    expect(await value(database, `SELECT count(*) FROM ${tree}`)).toBe(rows);
  });
});

describe('several tables under other names', () => {
  it('have keys with names of their own, though both are cut to the same', async () => {
    const database = await livedIn();
    const table = 'a_table_with_a_name_that_is_as_long_as_a_name_of_postgresql_x';
    const report = await world.restore(database, { ...LIVE, tables: [`app.${table}`], asSuffix: '_then' });
    expect(problemsOf(report)).toEqual([]);
    expect(
      await value(
        database,
        `SELECT i.indexrelid::regclass FROM pg_index i WHERE indrelid = 'app.${table.slice(0, 58)}_then'::regclass`,
      ),
    ).toBe(`app.${table.slice(0, 57)}1_then`);
  });

  const tables = ['app.app', 'app.lines', 'app.events', 'app.paid', 'app.statistics'];

  it('get a suffix, with all that belongs to them, and foreign keys among each other', async () => {
    const database = await livedIn();
    const before = await objectsIn(world.target, database);
    const writer = await world.target.connect(database);
    await writer.query('BEGIN; LOCK TABLE app.app, app.lines, app.events, auth.users IN ROW EXCLUSIVE MODE');
    const report = await world.restore(database, { ...LIVE, tables, asSuffix: '_then' });
    await writer.query('COMMIT');
    await writer.end();
    expect(problemsOf(report)).toEqual([]);
    const now = await objectsIn(world.target, database);
    const made = now.filter((name) => !before.includes(name));
    expect(now.filter((name) => before.includes(name))).toEqual(before);
    expect(made).toEqual(
      expect.arrayContaining([
        'app.app_then',
        'app.app_id_seq_then',
        'app.app_pkey_then',
        'app.by_words_then',
        'app.events_old_then',
        'app.lines_then f lines_app_id_fkey',
        'app.statistics_state_then',
      ]),
    );
    expect(made.filter((name) => !/_then\b/.test(name))).toEqual([]);
    expect(await hashOf(world.target, database, 'app.lines_then')).toBe(
      await hashOf(world.source, 'company', 'app.lines'),
    );
    expect(
      await value(
        database,
        "SELECT confrelid::regclass::text FROM pg_constraint WHERE conrelid = 'app.lines_then'::regclass AND contype = 'f'",
      ),
    ).toBe('app.app_then');
    expect(new Set(report.copy?.leftOut.map(({ name }) => name))).toEqual(
      new Set([
        'trigger touched on app.app',
        'foreign key app_user_id_fkey on app.app',
        'rule no_delete on app.events',
      ]),
    );
    // What they need and the target has alike is used.
    expect(report.kept).toEqual(
      expect.arrayContaining(['type app.state', 'text search configuration app.search']),
    );
    expect(await value(database, "SELECT count(*) FROM pg_policies WHERE tablename = 'app_then'")).toBe('1');
    await world.target.run('DROP TABLE app.lines, app.app CASCADE', database);
    expect(await value(database, 'SELECT count(*) FROM app.paid_then')).not.toBe('0');
  });

  it('get their own of what the target has otherwise, and all that refers to it', async () => {
    const database = await livedIn();
    await world.target.run("ALTER TYPE app.state RENAME VALUE 'paid' TO 'settled'", database);
    const report = await world.restore(database, {
      ...LIVE,
      tables: ['app.app', 'app.lines'],
      asSchema: 'before',
    });
    expect(problemsOf(report)).toEqual([]);
    expect(report.copy?.madeBeside).toEqual(['type app.state', 'type app.pair']);
    expect(await value(database, "SELECT string_agg(DISTINCT state::text, ' ') FROM before.app")).toBe(
      'new paid',
    );
    expect(
      await value(
        database,
        "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'before.lines'::regclass AND attname = 'pair'",
      ),
    ).toBe('before.pair');
    expect(await value(database, "SELECT count(*) FROM app.app WHERE state = 'settled'")).not.toBe('0');
  });

  it('go into a database without anything of them', async () => {
    const database = await world.newDatabase();
    const report = await world.restore(database, {
      tables: ['app.lines', 'app.app'],
      asSchema: 'then',
      asSuffix: '_2',
    });
    expect(problemsOf(report)).toEqual([]);
    expect(
      await value(database, 'SELECT count(*) FROM "then".lines_2 JOIN "then".app_2 ON app_id = id'),
    ).toBe('900');
  });
});

describe('is refused in the dry run as in the restore, before anything is changed:', () => {
  interface Case {
    readonly code: string;
    readonly sql?: string;
    readonly options: Partial<RestoreRequest>;
    readonly says?: RegExp;
  }
  const LONG = 'app.a_table_with_a_name_that_is_as_long_as_a_name_of_postgresql';
  const CASES: ReadonlyArray<readonly [string, Case]> = [
    [
      'a schema that exists',
      {
        code: 'target-name-taken',
        sql: 'CREATE SCHEMA taken',
        options: { schemas: ['app'], asSchema: 'taken' },
      },
    ],
    [
      'a table, index or type that exists',
      {
        code: 'target-name-taken',
        sql: 'CREATE TYPE app.lines_then AS ENUM (); CREATE INDEX by_label_then ON app.app (id)',
        options: { tables: ['app.app', 'app.lines'], asSuffix: '_then' },
        says: /lines_then.*by_label_then/,
      },
    ],
    [
      'two tables that would have one name',
      {
        code: 'restore-names-collide',
        options: { tables: [`${LONG}_x`, `${LONG}_y`], asSuffix: '_then' },
        says: /Use --as-schema instead/,
      },
    ],
    [
      'what a schema needs and the target lacks',
      {
        code: 'restore-copy-needs',
        sql: 'DROP TABLE auth.users CASCADE',
        options: { schemas: ['app'], asSchema: 'app_then' },
        says: /auth\.users/,
      },
    ],
    [
      'a child of a table that is not copied',
      {
        code: 'restore-copy-would-join',
        options: { tables: ['app.child'], asSuffix: '_then' },
        says: /--table app\.app/,
      },
    ],
    [
      'a schema with a suffix',
      { code: 'restore-as-unusable', options: { schemas: ['app'], asSuffix: '_then' } },
    ],
    [
      'rows alone',
      { code: 'restore-as-unusable', options: { schemas: ['app'], asSchema: 'b', content: 'data' } },
    ],
    [
      'a database that is not empty',
      { code: 'target-not-empty', options: { intoExisting: false, schemas: ['app'], asSchema: 'b' } },
    ],
  ];

  // Nothing changes it, so all cases share it.
  let database: string;
  beforeAll(async () => {
    database = await livedIn();
  });

  it.each(CASES)('%s', async (_, { code, sql, options, says }) => {
    if (sql !== undefined) await world.target.run(sql, database);
    const before = await objectsIn(world.target, database);
    const request = world.request(database, { ...LIVE, ...options });
    const dry = await refusalOf(planRestore(request));
    const real = await refusalOf(restore(request));
    expect(dry).toMatchObject({ code });
    expect(real).toMatchObject({ code, what: dry.what });
    expect(exitCodeOf(real.kind)).toBe(exitCodeOf(dry.kind));
    if (says) expect(dry.message).toMatch(says);
    expect(await objectsIn(world.target, database)).toEqual(before);
  });
});

it.each<[string, Partial<RestoreRequest>, string]>([
  ['a schema', { schemas: ['app'], asSchema: 'app_then' }, 'app_then.lines'],
  ['tables', { tables: ['app.app', 'app.lines'], asSuffix: '_then' }, 'app.lines_then'],
])('goes on after it was cut: %s', async (_, options, lines) => {
  const database = await livedIn();
  const reached = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  const store = withObject(world.vault.store, /app\.lines\.copy/, async function* (bytes) {
    for await (const piece of bytes) {
      yield piece.subarray(0, 100);
      reached.resolve();
      await never.promise;
    }
  });
  const stop = new AbortController();
  const request = world.request(database, { ...LIVE, ...options, jobs: 1 });
  const cut = restore({ ...request, store, signal: stop.signal });
  await reached.promise;
  stop.abort(new Error('cut'));
  never.resolve();
  await expect(cut).rejects.toThrow('cut');
  expect(await refusalOf(planRestore(request))).toMatchObject({ code: 'restore-unfinished' });
  const report = await restore(world.request(database, { ...LIVE, resume: true }));
  expect(problemsOf(report)).toEqual([]);
  expect(report.resumed).toBe(true);
  expect(await hashOf(world.target, database, lines)).toBe(
    await hashOf(world.source, 'company', 'app.lines'),
  );
  expect((await objectsIn(world.target, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
});

it('tells a copy in the plan, and in JSON', async () => {
  const database = await livedIn();
  const environment = {
    LIFEBOAT_VAULT: world.vault.directory,
    LIFEBOAT_TARGET_URL: world.target.url(database),
  };
  const run = (...argv: string[]) =>
    lifeboat(
      ['restore', '--unproven', '--into-existing', '--schema', 'app', '--as-schema', 'app_then', ...argv],
      {
        environment,
      },
    );
  const shown = await run('--dry-run');
  expect(shown.exitCode).toBe(0);
  expect(shown.stdout).toContain('the new schema app_then, beside app');
  expect(shown.stdout).not.toContain('safety backup');
  const { plan } = JSON.parse((await run('--dry-run', '--json')).stdout);
  expect(plan.copy).toMatchObject({ schema: { from: 'app', to: 'app_then' }, madeBeside: [] });
  const done = await run('--json', '--yes', database);
  expect(done.exitCode).toBe(0);
  expect(JSON.parse(done.stdout).copy.relations).toContainEqual({ from: 'app.lines', to: 'app_then.lines' });
});

async function refusalOf(running: Promise<unknown>): Promise<LifeboatError> {
  const error = await running.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof LifeboatError) return error;
  throw error;
}
