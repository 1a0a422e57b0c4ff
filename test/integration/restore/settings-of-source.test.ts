import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

interface SettingCase {
  readonly setting: string;
  /** What the source's database sets, and so every session that computes there. */
  readonly source?: string;
  /** What the target's database sets, and what would do harm there. */
  readonly target: string;
  /** A column of a materialized view that depends on it. */
  readonly computed?: string;
  /** A column of a table: its type, and a value that would be read otherwise. */
  readonly stored?: readonly [type: string, value: string];
}

const CASES: readonly SettingCase[] = [
  {
    setting: 'TimeZone',
    source: 'Asia/Tokyo',
    target: 'America/New_York',
    computed: "to_char(at, 'YYYY-MM-DD HH24:MI')",
    stored: ['timestamptz[]', "ARRAY['2020-06-01 12:00+02'::timestamptz]"],
  },
  {
    setting: 'DateStyle',
    source: 'SQL, DMY',
    target: 'German, YMD',
    computed: 'day::text',
    stored: ['date', "'0044-03-15 BC'"],
  },
  {
    setting: 'IntervalStyle',
    source: 'iso_8601',
    target: 'sql_standard',
    computed: 'long::text',
    stored: ['interval', "'-1 year +2 days -03:00:00.5'"],
  },
  { setting: 'bytea_output', source: 'escape', target: 'hex', computed: 'bytes::text' },
  { setting: 'extra_float_digits', source: '-3', target: '0', computed: '(real_number / 3)::text' },
  {
    setting: 'default_text_search_config',
    source: 'public.ours',
    target: 'pg_catalog.simple',
    computed: "to_tsvector('laufen running')::text",
  },
  {
    setting: 'timezone_abbreviations',
    source: 'Australia',
    target: 'Default',
    computed: "extract(epoch FROM ('2020-01-01 12:00 ' || word)::timestamptz)::text",
    stored: ['text', "'EST'"],
  },
  {
    setting: 'app.region',
    source: 'north',
    target: 'south',
    computed: "current_setting('app.region', true)",
  },
  { setting: 'array_nulls', source: 'off', target: 'off', stored: ['text[]', "ARRAY['a', NULL, 'NULL']"] },
  { setting: 'xmlbinary', source: 'hex', target: 'base64' },
  { setting: 'transform_null_equals', target: 'on' },
  { setting: 'standard_conforming_strings', target: 'off', stored: ['text', "E'a\\\\b'"] },
  { setting: 'backslash_quote', target: 'off' },
  { setting: 'quote_all_identifiers', target: 'on', stored: ['regclass', "'public.kept'"] },
  { setting: 'session_replication_role', target: 'replica' },
  { setting: 'default_transaction_isolation', target: 'serializable' },
  { setting: 'default_transaction_read_only', target: 'on' },
  { setting: 'check_function_bodies', target: 'on' },
  { setting: 'search_path', target: 'nowhere' },
  { setting: 'exit_on_error', target: 'on' },
  { setting: 'gin_fuzzy_search_limit', target: '1' },
  { setting: 'row_security', target: 'on' },
  { setting: 'client_min_messages', target: 'debug1' },
];

const COLUMNS: Readonly<Record<string, readonly [type: string, value: string]>> = {
  at: ['timestamptz', "'2020-01-01 20:30:00+00'"],
  day: ['date', "'2020-02-03'"],
  long: ['interval', "'1 year 2 days 03:00'"],
  bytes: ['bytea', "'\\x00ff41'"],
  real_number: ['float8', '1'],
  word: ['text', "'EST'"],
};

const stored = CASES.filter((one) => one.stored);
const computed = CASES.filter((one) => one.computed);
const nameOf = ({ setting }: SettingCase) => setting.replace('.', '_').toLowerCase();

const SOURCE = `
  CREATE TEXT SEARCH CONFIGURATION public.ours (COPY = pg_catalog.german);
  CREATE TABLE public.kept (id int);
  CREATE TABLE public.t (id int PRIMARY KEY,
    ${Object.entries(COLUMNS)
      .map(([name, [type]]) => `${name} ${type}`)
      .join(', ')},
    ${stored.map((one) => `stored_${nameOf(one)} ${one.stored?.[0]}`).join(', ')});
  INSERT INTO t SELECT g, ${[...Object.values(COLUMNS).map(([, value]) => value), ...stored.map((one) => one.stored?.[1])].join(', ')} FROM generate_series(1, 20) g;
  CREATE FUNCTION public.local_day(at timestamptz) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT to_char(at, 'YYYY-MM-DD') $$;
  CREATE TABLE public.days (at timestamptz, day text GENERATED ALWAYS AS (public.local_day(at)) STORED,
    said text CHECK (said = public.local_day(at)));
  CREATE VIEW public.never AS SELECT id FROM t WHERE word = NULL;
  CREATE TABLE public.documents (id int, terms text[]);
  CREATE INDEX terms ON documents USING gin (terms);
  INSERT INTO documents SELECT g, ARRAY['all', 'x' || g % 7] FROM generate_series(1, 3000) g;
  CREATE MATERIALIZED VIEW public.older AS SELECT to_tsvector('laufen running')::text AS words;
  CREATE MATERIALIZED VIEW public.found AS SELECT count(*) FROM documents WHERE terms @> ARRAY['all'];
`;

/** In a session that has what the database sets. */
const COMPUTED_THERE = `
  INSERT INTO days (at, said) VALUES ('2020-01-01 20:30:00+00', '2020-01-02');
  CREATE MATERIALIZED VIEW public.computed AS
    SELECT id, ${computed.map((one) => `${one.computed} AS ${nameOf(one)}`).join(', ')} FROM t;
`;

const QUESTIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    computed.map((one) => [`computed ${one.setting}`, `SELECT min(${nameOf(one)}) FROM computed`]),
  ),
  ...Object.fromEntries(
    stored.map((one) => [`stored ${one.setting}`, `SELECT min(stored_${nameOf(one)}::text) FROM t`]),
  ),
  'an element that is NULL': 'SELECT count(*) FROM t WHERE stored_array_nulls[2] IS NULL',
  'a generated column': 'SELECT day FROM days',
  'a view of = NULL': 'SELECT count(*) FROM never',
  'rows that an index finds': 'SELECT count FROM found',
};

const set = (database: string, one: (setting: SettingCase) => string | undefined) =>
  CASES.flatMap((setting) => {
    const value = one(setting);
    return value === undefined
      ? []
      : [
          `ALTER DATABASE ${database} SET ${setting.setting} TO ${value.startsWith('SQL') || value.startsWith('German') ? value : `'${value}'`}`,
        ];
  }).join('; ');

const missing = missingPrograms('restore.sh under settings of the target', ['psql', 'zstd']);

describe('what the settings of a database decide', () => {
  let server: PostgresServer;
  let vault: TestVault;
  let backup: Awaited<ReturnType<typeof takeBackup>>;
  let before: Record<string, unknown>;
  let databases = 0;

  beforeAll(async () => {
    [server, vault] = await Promise.all([startPostgres({ major: 17 }), testVault()]);
    await server.run('CREATE DATABASE source TEMPLATE template0');
    await server.run(SOURCE, 'source');
    await server.run(set('source', ({ source }) => source));
    await server.run(COMPUTED_THERE, 'source');
    before = await answers('source');
    backup = await takeBackup(server.url('source'), vault);
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  /** Under one and the same settings, whatever the database says. */
  async function answers(database: string, questions = QUESTIONS): Promise<Record<string, unknown>> {
    const client = await server.connect(database);
    try {
      await client.query(
        "SET statement_timeout = 0; SET search_path = public; SET datestyle = ISO; SET timezone = 'UTC'; SET intervalstyle = postgres; SET quote_all_identifiers = off; SET gin_fuzzy_search_limit = 0; SET client_min_messages = warning",
      );
      const found: Record<string, unknown> = {};
      for (const [name, sql] of Object.entries(questions)) {
        const { rows } = await client.query({ text: sql, rowMode: 'array' });
        found[name] = (rows as unknown[][])[0]?.[0];
      }
      return found;
    } finally {
      await client.end();
    }
  }

  async function newDatabase(): Promise<string> {
    databases += 1;
    await server.run(`CREATE DATABASE target_${databases} TEMPLATE template0`);
    return `target_${databases}`;
  }

  async function hostileDatabase(): Promise<string> {
    const name = await newDatabase();
    await server.run(set(name, ({ target }) => target));
    return name;
  }

  it('shows in the source', () => {
    expect(before).toMatchObject({
      'computed TimeZone': '2020-01-02 05:30',
      'computed DateStyle': '03/02/2020',
      'computed app.region': 'north',
      'an element that is NULL': '20',
      'a generated column': '2020-01-02',
      'a view of = NULL': '0',
      'rows that an index finds': '3000',
    });
    expect(before['computed default_text_search_config']).toContain("'lauf'");
  });

  it('comes back by restore, whatever the target sets', async () => {
    const database = await hostileDatabase();
    // A database that is read-only by default is refused, unless the session is told otherwise.
    const writable = `${server.url(database)}?options=-c%20default_transaction_read_only%3Doff`;
    const report = await restore({
      store: vault.store,
      place: backup.place,
      settings: connectionSettings(writable),
      unproven: true,
      databaseSettings: true,
    });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(await answers(database)).toEqual(before);
    // Made before the source's database had settings, and not to be had under any of these.
    expect(report.notes.filter((note) => note.includes('shows other rows'))).toEqual([
      expect.stringContaining('public.older'),
    ]);
  });

  const OLDER = { ...QUESTIONS, 'a view that is older than the settings': 'SELECT words FROM older' };

  it('comes back by restore, a view that is older than the settings too', async () => {
    const database = await newDatabase();
    const report = await restore({
      store: vault.store,
      place: backup.place,
      settings: connectionSettings(server.url(database)),
      unproven: true,
      databaseSettings: true,
    });
    expect(report.notes.filter((note) => note.includes('shows other rows'))).toEqual([]);
    expect(await answers(database, OLDER)).toEqual(await answers('source', OLDER));
  });

  it('comes back into a database that holds something, and of one schema, a view that is older than the settings too', async () => {
    for (const part of [{ intoExisting: true, safetyBackup: false }, { schemas: ['public'] }]) {
      const database = await newDatabase();
      if ('intoExisting' in part) await server.run('CREATE TABLE public.there ()', database);
      const report = await restore({
        store: vault.store,
        place: backup.place,
        settings: connectionSettings(server.url(database)),
        unproven: true,
        databaseSettings: true,
        ...part,
      });
      expect(report.notes.filter((note) => note.includes('shows other rows'))).toEqual([]);
      expect(await answers(database, OLDER)).toEqual(await answers('source', OLDER));
    }
  });

  it('is told of where it cannot come back: in a database that has those settings already', async () => {
    const database = await newDatabase();
    await server.run(set(database, ({ source }) => source?.replace('public.ours', 'pg_catalog.german')));
    await server.run('CREATE TABLE public.there ()', database);
    const report = await restore({
      store: vault.store,
      place: backup.place,
      settings: connectionSettings(server.url(database)),
      unproven: true,
      intoExisting: true,
      safetyBackup: false,
    });
    expect(report.notes.filter((note) => note.includes('shows other rows'))).toEqual([
      expect.stringMatching(/public\.older.*or not all that it reads was restored/),
    ]);
  });

  it.skipIf(missing.length > 0)(
    'comes back by restore.sh, a view that is older than the settings too',
    async () => {
      const database = await newDatabase();
      const folder = join(vault.directory, attemptPrefix(backup.place, backup.manifest.attempt));
      const run = await runRestoreScript(folder, {
        arguments: ['--database-settings'],
        environment: psqlEnvironment(server, database),
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).not.toContain('shows other rows');
      expect(await answers(database, OLDER)).toEqual(await answers('source', OLDER));
    },
  );

  it.skipIf(missing.length > 0).each([[[]], [['--database-settings']]] as const)(
    'comes back by restore.sh, whatever the target sets %j',
    async (options) => {
      const database = await hostileDatabase();
      const folder = join(vault.directory, attemptPrefix(backup.place, backup.manifest.attempt));
      const run = await runRestoreScript(folder, {
        arguments: options,
        environment: psqlEnvironment(server, database),
      });
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toContain('Compared: the number of rows of each table.');
      expect(await answers(database)).toEqual(before);
    },
  );

  it('is no reason for a drill to fail', async () => {
    const report = await drill({ store: vault.store, place: backup.place });
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
  });
});
