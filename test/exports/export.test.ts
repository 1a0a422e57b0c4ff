import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { exportRows } from '../../lib/engine/export/export.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { startS3Server } from '../support/s3-server/server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { lifeboat } from '../unit/cli/command-line.ts';

const SCHEMA = `
  CREATE SCHEMA app;
  CREATE DOMAIN app.positive AS bigint CHECK (VALUE > 0);
  CREATE TYPE app.mood AS ENUM ('sad', 'ok');
  CREATE TABLE app.everything (
    id app.positive PRIMARY KEY, yes boolean, small smallint, whole integer, exact numeric(12,2), any_number numeric,
    wide numeric(38,10), approx double precision, single real, doc jsonb, raw bytea, day date, at timestamptz, local timestamp(3),
    key uuid, tags text[], grid int[], mood app.mood, note text, shout text GENERATED ALWAYS AS (upper(note)) STORED,
    "odd ""name" text);
  INSERT INTO app.everything VALUES
    (9007199254740993, true, -7, 42, 1234567890.12, 12345678901234567890.123456789, -1234567890123456789012345678.0123456789,
     0.1, 1.5, '{"a": [1, null], "b": "x\\ny"}', '\\x00ff10', '2026-02-28', '2026-11-30 14:05:30.123456+01', '1969-12-31 23:59:59.5',
     '6f1c2c1e-0f6c-4b0e-9d3a-0123456789ab', ARRAY['a', 'b,"c"', NULL, '', 'x\\y', 'NULL'], '{{1,2},{3,4}}', 'ok',
     E'a "quoted", line\\nand\\ttab \\\\ back', DEFAULT, '=1+1'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, DEFAULT, NULL),
    (3, false, 0, 0, 0, 'NaN', 0, 'Infinity', '-Infinity', 'null', '', 'infinity', '0044-03-15 12:00:00+00 BC', '9999-12-31',
     NULL, '{}', '[0:1]={5,6}', 'sad', '', DEFAULT, '-SUM(A1)'),
    (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '12345678901234567890.5', NULL, '0044-03-15 BC', NULL, NULL, NULL, NULL, NULL,
     NULL, '\\.', DEFAULT, '');
  CREATE TABLE app.events (day date, what text) PARTITION BY RANGE (day);
  CREATE TABLE app.events_2025 (what text, day date);
  ALTER TABLE app.events ATTACH PARTITION app.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE app.events_2026 PARTITION OF app.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO app.events SELECT date '2025-07-01' + g, 'event ' || g FROM generate_series(0, 364) g;
  CREATE TABLE app.many (id int PRIMARY KEY, body text);
  INSERT INTO app.many SELECT g, repeat(md5(g::text), 4) FROM generate_series(1, 30000) g;
  CREATE SCHEMA odd; CREATE TABLE odd.one (s text); INSERT INTO odd.one VALUES (NULL), (''), ('x');
  CREATE TABLE odd.far (boxes box[], at timestamp, zoned timestamptz, "=cmd" text);
  INSERT INTO odd.far VALUES ('{(1,1),(0,0);(2,2),(1,1)}', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', U&'\\FF1DHYPERLINK'), ('{}', '294246-01-01 00:00:00', 'infinity', E'\nx');
  CREATE TABLE odd.parent (id int); CREATE TABLE odd.heir () INHERITS (odd.parent); CREATE TABLE odd."user" () INHERITS (odd.heir);
  INSERT INTO odd.parent VALUES (1); INSERT INTO odd.heir VALUES (2); INSERT INTO odd."user" VALUES (3);
  CREATE TABLE app.secret (id int); ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;
  CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA app TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA app TO reader;`;

let server: PostgresServer;
let vault: TestVault;
let directory: string;
beforeAll(async () => {
  vault = await testVault();
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-export-'));
  server = await startPostgres({ major: 17 });
  await server.run('CREATE DATABASE shop');
  await server.run(SCHEMA, 'shop');
  await takeBackup(server.url('shop'), vault);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs `lifeboat export` and expects it to work. */
async function exported(...argv: string[]) {
  const ran = await lifeboat(['export', '--vault', vault.directory, ...argv], { directory });
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  return ran;
}
const read = (file: string) => readFileSync(join(directory, file));
async function ask(sql: string): Promise<unknown[]> {
  const client = await server.connect('shop');
  return (await client.query(sql)).rows;
}
const sourceUrl = () => ({ LIFEBOAT_SOURCE_URL: server.url('shop') });

describe('a table of a backup', () => {
  it('comes back through CSV as it was, NULL and empty texts apart', async () => {
    const { stderr } = await exported('--table', 'app.everything', '--out', 'all.csv');
    expect(stderr).toBe('');
    const csv = read('all.csv').toString();
    expect(csv).toContain('"a ""quoted"", line\nand\ttab \\ back"');
    expect(csv.split('\r\n').filter((line) => line.startsWith('2,'))).toEqual([`2${','.repeat(19)}`]);
    await server.run(
      `CREATE TABLE app.again AS SELECT * FROM app.everything WHERE false; ALTER TABLE app.again DROP COLUMN shout`,
      'shop',
    );
    const file = join(tmpdir(), `lifeboat-export-${process.pid}.csv`);
    writeFileSync(file, csv, { mode: 0o644 });
    await server.run(`COPY app.again FROM '${file}' (FORMAT csv, HEADER match)`, 'shop');
    rmSync(file);
    const columns =
      'id, yes, whole, exact, wide, doc::text, raw, day, at, local, key, tags, grid, mood, note, "odd ""name"';
    const differ = await ask(
      `SELECT ${columns} FROM app.again EXCEPT ALL SELECT ${columns} FROM app.everything`,
    );
    expect(differ).toEqual([]);
  });

  it('has exact types in NDJSON', async () => {
    const { stdout } = await exported('--table', 'everything', '--format', 'ndjson');
    const [first, second, third] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({
      id: '9007199254740993',
      ...{
        yes: true,
        small: -7,
        whole: 42,
        exact: '1234567890.12',
        any_number: '12345678901234567890.123456789',
      },
      wide: '-1234567890123456789012345678.0123456789',
      ...{ approx: 0.1, single: 1.5, doc: { a: [1, null], b: 'x\ny' }, raw: 'AP8Q', day: '2026-02-28' },
      ...{ at: '2026-11-30T13:05:30.123456Z', local: '1969-12-31T23:59:59.5' },
      key: '6f1c2c1e-0f6c-4b0e-9d3a-0123456789ab',
      tags: ['a', 'b,"c"', null, '', 'x\\y', 'NULL'],
      grid: [
        [1, 2],
        [3, 4],
      ],
      ...{ mood: 'ok', note: 'a "quoted", line\nand\ttab \\ back', 'odd "name': '=1+1' },
    });
    expect(second).toMatchObject({ id: '2', yes: null, tags: null });
    expect(third).toMatchObject({
      any_number: 'NaN',
      approx: 'Infinity',
      doc: null,
      raw: '',
      tags: [],
      grid: [5, 6],
    });
    const numbers = await exported('--table', 'everything', '--format', 'ndjson', '--big-numbers', 'number');
    expect(numbers.stdout).toContain('{"id":9007199254740993,');
    expect(numbers.stdout).toContain('"any_number":12345678901234567890.123456789,');
  });

  it('has types in Parquet, and says what Parquet cannot hold', async () => {
    const { stdout } = await exported(
      '--table',
      'app.everything',
      '--out',
      'all.parquet',
      '--compress',
      'gzip',
    );
    expect(stdout).toContain('1 value that Parquet cannot hold, such as infinity, became NULL');
    const bytes = read('all.parquet');
    const rows = await parquetReadObjects({
      // Otherwise it takes bytes without a type for text.
      utf8: false,
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      compressors: {
        GZIP: (input) => new Uint8Array(process.getBuiltinModule('node:zlib').gunzipSync(input)),
      },
    });
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({
      ...{ id: 9007199254740993n, yes: true, small: -7, whole: 42, exact: expect.closeTo(1234567890.12, 2) },
      any_number: '12345678901234567890.123456789',
      ...{ approx: 0.1, single: 1.5, day: new Date('2026-02-28'), at: new Date('2026-11-30T13:05:30.123Z') },
      local: new Date('1969-12-31T23:59:59.500Z'),
      ...{ tags: '["a","b,\\"c\\"",null,"","x\\\\y","NULL"]', note: 'a "quoted", line\nand\ttab \\ back' },
    });
    expect(Buffer.from(rows[0]?.raw as Uint8Array).toString('hex')).toBe('00ff10');
    expect(rows[1]).toMatchObject({ id: 2n, yes: null, exact: null });
    expect(rows[2]).toMatchObject({
      day: null,
      at: new Date('-000043-03-15T12:00:00Z'),
      approx: Number.POSITIVE_INFINITY,
    });
  });

  it('goes with its partitions into one file, and lies in a directory with a record', async () => {
    const argv = [
      '--table',
      'app.events',
      '--table',
      'app.many',
      '--into',
      'both',
      '--keep-days',
      '7',
      '--json',
    ];
    const { stdout } = await exported(...argv, '--compress', 'zstd');
    const record = JSON.parse(stdout);
    expect(record).toMatchObject({
      kind: 'backup',
      expiresAt: '2026-11-27T05:00:00.000Z',
      files: [
        { file: 'app.events.csv.zst', rows: 365 },
        { file: 'app.many.csv.zst', rows: 30_000 },
      ],
    });
    expect(
      readdirSync(join(directory, 'both'))
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual(['app.events.csv.zst', 'app.many.csv.zst', 'export.json']);
    const text = process
      .getBuiltinModule('node:zlib')
      .zstdDecompressSync(read('both/app.events.csv.zst'))
      .toString();
    expect(text.split('\r\n').slice(0, 2)).toEqual(['day,what', '2025-07-01,event 0']);
    const again = await lifeboat(['export', '--vault', vault.directory, ...argv, '--compress', 'zstd'], {
      directory,
    });
    expect(again).toMatchObject({ exitCode: 4 });
    expect(JSON.parse(again.stdout).error.code).toBe('object-exists');
  });

  it('goes into a bucket, in parts, and not over what is there', async () => {
    const s3 = await startS3Server({ bucket: 'exports', writeOnce: true });
    // The client of S3 reads the variables of the process.
    for (const [name, value] of Object.entries(s3.environment())) vi.stubEnv(name, value);
    try {
      const argv = ['export', '--vault', vault.directory, '--table', 'app.many', '--keep-days', '7'];
      const into = ['--into', 's3://exports/some/place'];
      const first = await lifeboat([...argv, ...into], { directory });
      expect(first, first.stderr).toMatchObject({ exitCode: 0 });
      const keys = s3.versions('exports').map(({ key }) => key);
      expect(keys.toSorted()).toEqual(['some/place/app.many.csv', 'some/place/export.json']);
      await exported('--table', 'app.many', '--out', 'many-of-bucket.csv');
      expect(s3.object('some/place/app.many.csv', 'exports')?.sizeBytes).toBe(
        read('many-of-bucket.csv').length,
      );
      const again = await lifeboat([...argv, ...into, '--json'], { directory });
      expect(JSON.parse(again.stdout).error.code).toBe('object-exists');
      expect(s3.pendingUploads('exports')).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await s3.stop();
    }
  });

  it('writes boxes as PostgreSQL prints them, and years that Parquet does not reach as NULL', async () => {
    const { stdout } = await exported('--table', 'odd.far', '--format', 'ndjson');
    expect(JSON.parse(stdout.split('\n')[0] as string)).toMatchObject({
      boxes: '{(1,1),(0,0);(2,2),(1,1)}',
      at: '294276-12-31 23:59:59.999999',
    });
    const far = await exported('--table', 'odd.far', '--out', 'far.parquet');
    expect(far.stdout).toContain('3 values that Parquet cannot hold, such as infinity, became NULL');
  });

  it.each([[[]], [['--source']]])(
    'says whose rows are not in it, and which ones are empty lines %j',
    async (from) => {
      const { stdout, stderr } = await lifeboat(
        ['export', ...(from.length > 0 ? from : ['--vault', vault.directory]), '--table', 'odd.parent'],
        { directory, environment: sourceUrl() },
      );
      expect(stdout).toBe('id\r\n1\r\n');
      expect(stderr).toContain('without the rows of odd.heir, odd.user, which inherit from it');
    },
  );

  it('says which rows are empty lines, and takes another text for NULL', async () => {
    const one = await exported('--table', 'odd.one');
    expect(one.stdout).toBe('s\r\n\r\n""\r\nx\r\n');
    expect(one.stderr).toContain('1 value is NULL and so an empty line, which many readers pass over');
    expect((await exported('--table', 'odd.one', '--null', '\\N')).stderr).not.toContain('empty line');
  });

  it('makes formulas harmless if it is told to, and counts them otherwise', async () => {
    const argv = ['--table', 'app.everything', '--delimiter', ';', '--bom', '--null', '\\N'];
    const plain = await exported(...argv);
    expect(plain.stderr).toContain('would run 2 values as formulas');
    expect(plain.stdout.startsWith('\uFEFFid;yes;')).toBe(true);
    expect(plain.stdout).toContain(';=1+1\r\n');
    expect(plain.stdout).toContain('\r\n2;\\N;\\N');
    const escaped = await exported(...argv, '--escape-formulas');
    expect(escaped.stdout).toContain(";'=1+1\r\n");
    expect(escaped.stdout).toContain(';-7;');
    const header = await exported('--table', 'odd.far', '--escape-formulas');
    expect(header.stdout).toContain("zoned,'=cmd\r\n");
    expect(header.stdout).toContain(",'\uFF1DHYPERLINK\r\n");
    expect(header.stdout).toContain(`,"'\nx"\r\n`);
  });
});

describe('a query', () => {
  const sql =
    'by_day=SELECT e.day, count(*) AS n, 1.50::numeric(5,2) AS n FROM app.events e GROUP BY 1 ORDER BY 1';

  it('runs on a backup, and on the source with the same answer', async () => {
    const many = 'many=SELECT * FROM app.many ORDER BY id';
    const argv = ['--query', sql, '--query', many, '--format', 'ndjson', '--into'];
    await exported(...argv, 'of-backup', '--directory', directory);
    const rows = read('of-backup/by_day.ndjson').toString().split('\n');
    expect(rows[0]).toBe('{"day":"2025-07-01","n":"1","n_2":"1.50"}');
    expect(read('of-backup/many.ndjson').toString().split('\n')).toHaveLength(30_001);
    const ofSource = await lifeboat(['export', '--source', ...argv, 'of-source'], {
      directory,
      environment: sourceUrl(),
    });
    expect(ofSource, ofSource.stderr).toMatchObject({ exitCode: 0 });
    for (const file of ['by_day.ndjson', 'many.ndjson']) {
      expect(read(`of-source/${file}`).equals(read(`of-backup/${file}`))).toBe(true);
    }
    expect(read('of-source/export.json').toString()).not.toContain('SELECT');
  });

  it('cannot end the brackets that it stands in, nor write', async () => {
    const at = (query: string) =>
      lifeboat(['export', '--source', '--query', query], { directory, environment: sourceUrl() });
    for (const query of ["SELECT 1) TO PROGRAM 'id' --", 'SELECT 1; DROP TABLE app.many', '', 'SELECT (1']) {
      expect((await at(query)).stderr).toContain('exactly one SQL query');
    }
    const deleted = await at('WITH d AS (DELETE FROM app.many RETURNING *) SELECT * FROM d');
    expect(deleted.exitCode).not.toBe(0);
    expect(await ask('SELECT count(*)::int FROM app.many')).toEqual([{ count: 30_000 }]);
  });
});

describe('the source', () => {
  it('gives the rows that a backup holds', async () => {
    const ofBackup = await exported('--table', 'app.everything');
    const ofSource = await lifeboat(['export', '--source', '--table', 'app.everything'], {
      directory,
      environment: sourceUrl(),
    });
    expect(ofSource.stdout).toBe(ofBackup.stdout);
  });

  it.each([['tables'], ['queries']])('lets go of its session when %s cannot be written', async (what) => {
    let pieces = 0;
    const exporting = exportRows({
      from: { settings: connectionSettings(server.url('shop')) },
      to: {
        name: 'a full disk',
        write: async (_, body) => {
          for await (const _piece of body) if (++pieces === 2) throw new Error('the disk is full');
        },
      },
      ...(what === 'tables'
        ? { tables: ['app.many'] }
        : { queries: [{ name: 'many', sql: 'SELECT * FROM app.many' }] }),
      format: 'csv',
      now: () => new Date(),
    });
    await expect(exporting).rejects.toThrow('the disk is full');
    await expect
      .poll(() =>
        ask("SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY %app.many%' AND state <> 'idle'"),
      )
      .toEqual([]);
  });

  it('is not exported in part: row-level security is an error, and no file is left', async () => {
    const url = server.url('shop').replace(/\/\/[^@]*@/, '//reader:r@');
    const ran = await lifeboat(['export', '--source', '--table', 'app.secret', '--out', 'secret.csv'], {
      directory,
      environment: { LIFEBOAT_SOURCE_URL: url },
    });
    expect(ran.stderr).toContain('Row-level security shows the role only some rows of app.secret');
    expect(existsSync(join(directory, 'secret.csv'))).toBe(false);
  });
});

describe('what is refused', () => {
  it.each([
    [['--table', 'app.many', '--table', 'app.events'], 'need several files'],
    [['--table', 'app.many', '--json'], '--json describes an export'],
    [['--table', 'app.nobody'], 'has no table app.nobody'],
    [[], 'Nothing was named'],
    [['--table', 'app.many', '--format', 'parquet', '--bom'], '--bom has no meaning with parquet'],
    [['--table', 'app.many', '--source', '--to', '12:00'], 'only the present moment'],
  ])('%j', async (argv, said) => {
    const ran = await lifeboat(['export', '--vault', vault.directory, ...argv], {
      directory,
      environment: sourceUrl(),
    });
    expect(`${ran.stderr}${ran.stdout}`).toContain(said);
    expect(ran.exitCode).not.toBe(0);
  });

  it('does not write into a vault', async () => {
    const into = join(vault.directory, 'exports');
    const ran = await lifeboat(
      ['export', '--vault', vault.directory, '--table', 'app.many', '--into', into],
      { directory },
    );
    expect(ran.stderr).toContain('lies in the vault');
    expect(existsSync(into)).toBe(false);
  });
});

describe('lifeboat find', () => {
  const find = async (...argv: string[]) => {
    const ran = await lifeboat(['find', '--vault', vault.directory, ...argv, '--json'], {
      directory,
      now: () => new Date(),
    });
    expect(ran, ran.stdout).toMatchObject({ exitCode: 0 });
    return JSON.parse(ran.stdout);
  };

  it('says in which backups a row is, without a server, and does not read equal rows twice', async () => {
    await server.run("UPDATE app.many SET body = 'gone' WHERE id = 77", 'shop');
    await takeBackup(server.url('shop'), vault);
    await takeBackup(server.url('shop'), vault);
    const found = await find('--table', 'app.many', '--where', "body = 'gone' AND id = 77");
    expect(found.backups.map(({ rows }: { rows: number }) => rows)).toEqual([1, 1, 0]);
    expect(found.backups[0].digest).toBe(found.backups[1].digest);
    const text = await lifeboat(
      ['find', '--vault', vault.directory, '--table', 'many', '--where', "body = 'gone'"],
      { directory, now: () => new Date() },
    );
    expect(text.stdout).toContain('in 2 of 3 backups');
    expect(text.stdout).toMatch(/[1-9][\d.]* MB were equal to what was searched before/);
  });

  it('evaluates other conditions as a query, and exports the rows once for backups that have the same', async () => {
    const id = await find(
      '--table',
      'app.everything',
      '--where',
      'id = 2',
      '--export',
      'found',
      '--format',
      'ndjson',
    );
    // The type is a domain: a server must tell.
    expect(id.backups.map(({ rows }: { rows: number }) => rows)).toEqual([1, 1, 1]);
    const [place] = id.exported;
    expect(readFileSync(join(place, 'app.everything.ndjson')).toString()).toMatch(/^\{"id":"2",/);
  });

  it.each([
    ['id = 1) OR (true', 'closes a bracket'],
    ['nobody = 1', 'nobody'],
  ])('refuses --where %s', async (where, said) => {
    const ran = await lifeboat(
      ['find', '--vault', vault.directory, '--table', 'app.many', '--where', where],
      {
        directory,
        now: () => new Date(),
      },
    );
    expect(ran.exitCode).not.toBe(0);
    expect(ran.stderr).toContain(said);
  });
});
