import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { readManifest } from '../../../lib/engine/archive/read-manifest.ts';
import { browse, type OpenBackup } from '../../../lib/engine/browse/browse.ts';
import { query } from '../../../lib/engine/browse/query/query.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { newPlace, type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const SHOP = `
  CREATE SCHEMA app;
  CREATE TABLE app.users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);
  INSERT INTO app.users (email) SELECT 'user' || g || '@example.com' FROM generate_series(1, 5000) g;
  CREATE TABLE app.orders (id int PRIMARY KEY, user_id bigint REFERENCES app.users, note text);
  INSERT INTO app.orders SELECT g, 1 + g % 5000, repeat(md5(g::text), 30) FROM generate_series(1, 40000) g;
  CREATE INDEX orders_user ON app.orders (user_id);
  CREATE VIEW app.summary AS SELECT count(*) AS orders FROM app.orders;
  CREATE TABLE app.notes (t text); INSERT INTO app.notes VALUES ('a'), ('b'), ('c');
  CREATE FUNCTION app.note_count() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM app.notes';
  CREATE TABLE public.events (day date, what text) PARTITION BY RANGE (day);
  CREATE TABLE public.events_2025 PARTITION OF public.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE public.events_2026 PARTITION OF public.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO public.events SELECT date '2025-07-01' + g, 'x' FROM generate_series(0, 364) g;
  CREATE TABLE public.parent (a int); CREATE TABLE public.child () INHERITS (public.parent);
  INSERT INTO public.parent VALUES (1); INSERT INTO public.child VALUES (2);
  CREATE TABLE public.same_name (t text); INSERT INTO public.same_name VALUES ('public');
  CREATE TABLE app.same_name (t text); INSERT INTO app.same_name VALUES ('app');
  CREATE TYPE app.eight;
  CREATE FUNCTION app.eight_in(cstring) RETURNS app.eight LANGUAGE internal IMMUTABLE STRICT AS 'int8in';
  CREATE FUNCTION app.eight_out(app.eight) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int8out';
  CREATE TYPE app.eight (INPUT = app.eight_in, OUTPUT = app.eight_out, INTERNALLENGTH = 8, PASSEDBYVALUE, ALIGNMENT = double);
  CREATE TABLE app.not_for_wasm (id int, e app.eight);
  INSERT INTO app.not_for_wasm VALUES (1, '42');
  GRANT ALL ON ALL TABLES IN SCHEMA app, public TO PUBLIC;
  CREATE ROLE nobody_here; GRANT SELECT ON app.users TO nobody_here;
  ALTER TABLE app.orders OWNER TO nobody_here;
  ALTER DATABASE shop SET search_path = app, public;`;

const THOUSANDS = 'generate_series(1, 100000)';
const ENDLESS = `SELECT count(*) FROM ${THOUSANDS} a, ${THOUSANDS} b, ${THOUSANDS} c`;

let vault: TestVault;
let place: BackupPlace;
let withoutRows: BackupPlace;
let directory: string;
beforeAll(async () => {
  vault = await testVault();
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-browse-'));
  const server: PostgresServer = await startPostgres({ major: 15 });
  try {
    await server.run('CREATE DATABASE shop');
    await server.run(SHOP, 'shop');
    ({ place } = await takeBackup(server.url('shop'), vault));
    ({ place: withoutRows } = await takeBackup(server.url('shop'), vault, {
      place: newPlace(),
      scope: 'schema-only',
    }));
  } finally {
    await server.stop();
  }
});
afterAll(() => {
  vault?.remove();
  rmSync(directory, { recursive: true, force: true });
});

interface Browsing extends OpenBackup {
  readonly notices: string[];
  client(database?: string): Promise<pg.Client>;
  end(): Promise<void>;
}

/** Opens the backup, as it would be for another process. */
async function open(tables?: readonly string[], of = place, store = vault.store): Promise<Browsing> {
  const ended = new AbortController();
  const opened = Promise.withResolvers<OpenBackup>();
  const notices: string[] = [];
  const clients: pg.Client[] = [];
  const done = browse(
    {
      store,
      place: of,
      directory,
      signal: ended.signal,
      ...(tables ? { tables } : {}),
      observer: { onNotice: (notice) => notices.push(notice) },
    },
    opened.resolve,
  );
  done.catch(opened.reject);
  const backup = await opened.promise;
  return {
    ...backup,
    notices,
    async client(database = 'shop') {
      const { host, port, user, password } = backup;
      const client = new pg.Client({ host, port, user, password, database });
      client.on('error', () => {});
      await client.connect();
      clients.push(client);
      return client;
    },
    async end() {
      await Promise.allSettled(clients.map((client) => client.end()));
      ended.abort(new Error('ended'));
      await done;
    },
  };
}

describe('a backup of which one table was named', () => {
  let backup: Browsing;
  beforeAll(async () => {
    backup = await open(['app.users']);
  });
  afterAll(() => backup?.end());

  it('has its rows, its key and its index', async () => {
    const client = await backup.client();
    expect((await client.query('SELECT count(*)::int AS count FROM app.users')).rows).toEqual([
      { count: 5000 },
    ]);
    const { rows } = await client.query("EXPLAIN SELECT FROM app.users WHERE email = 'user77@example.com'");
    expect(JSON.stringify(rows)).toContain('users_email_key');
    expect(backup.loaded.map(({ name }) => name)).toEqual(['users']);
  });

  it('begins with the search_path of the source’s database, as far as it is known', async () => {
    const client = await backup.client();
    expect((await client.query('SELECT email FROM users WHERE id = 1')).rows).toEqual([
      { email: 'user1@example.com' },
    ]);
  });

  it('loads another one when a statement asks for it, through a view and a function too', async () => {
    const client = await backup.client();
    const notices: string[] = [];
    client.on('notice', ({ message }) => notices.push(String(message)));
    expect((await client.query('SELECT orders::int FROM app.summary')).rows).toEqual([{ orders: 40000 }]);
    expect(notices).toEqual([expect.stringMatching(/^loading app\.orders: 40,000 rows, \d+ MB$/)]);
    expect(backup.notices).toContainEqual(expect.stringMatching(/^loading app\.orders: 40,000 rows/));
    expect(backup.notices).toContainEqual(expect.stringMatching(/^loaded app\.orders: .* in \d+\.\d s$/));
    expect((await client.query('SELECT app.note_count()::int AS count')).rows).toEqual([{ count: 3 }]);
  });

  it('loads all that a partitioned table or a parent shows', async () => {
    const client = await backup.client();
    expect((await client.query('SELECT count(*)::int FROM public.events')).rows).toEqual([{ count: 365 }]);
    expect((await client.query('SELECT a FROM public.parent ORDER BY a')).rows).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('loads the table of the schema that is meant where several have one of its name', async () => {
    const client = await backup.client();
    expect((await client.query('SELECT t FROM public.same_name')).rows).toEqual([{ t: 'public' }]);
    const loads = backup.notices.filter((notice) => notice.includes('same_name'));
    expect(loads).toEqual([expect.stringContaining('loaded public.same_name: 1 row')]);
    expect((await client.query('SELECT t FROM same_name')).rows).toEqual([{ t: 'app' }]);
  });

  it('shows the rows of a table that cannot be made here as text, and says at the start that it cannot', async () => {
    expect(backup.lacks).toContainEqual(expect.stringMatching(/^table not_for_wasm: /));
    const client = await backup.client();
    expect((await client.query('SELECT * FROM app.not_for_wasm')).rows).toEqual([{ id: '1', e: '42' }]);
    expect((await client.query('SELECT * FROM not_for_wasm')).rows).toHaveLength(1);
  });

  it('says of a table that no backup has what any server says', async () => {
    const client = await backup.client();
    await expect(client.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '42P01' });
  });

  it('loads in the middle of a transaction, which then goes on as it began', async () => {
    const other = await open(['app.users']);
    try {
      const client = await other.client();
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await client.query("SET LOCAL TimeZone = 'Asia/Tokyo'");
      await client.query('DECLARE c CURSOR FOR SELECT id FROM app.users ORDER BY id');
      expect((await client.query('FETCH 2 FROM c')).rows).toEqual([{ id: '1' }, { id: '2' }]);
      expect((await client.query('SELECT count(*)::int FROM app.orders')).rows).toEqual([{ count: 40000 }]);
      expect((await client.query('FETCH 1 FROM c')).rows).toEqual([{ id: '3' }]);
      expect((await client.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'Asia/Tokyo' }]);
      await client.query('COMMIT');
      expect((await client.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'UTC' }]);
    } finally {
      await other.end();
    }
  });

  it('cannot be written to, by whatever way', async () => {
    const client = await backup.client();
    const state = (sql: string) =>
      client.query(sql).then(
        () => 'done',
        (error) => error.code,
      );
    expect(await state('DELETE FROM app.users')).toBe('25006');
    expect(await state('CREATE TABLE public.mine ()')).toBe('25006');
    expect(await state('CREATE TEMPORARY TABLE mine ()')).toBe('25006');
    expect(await state("SELECT nextval('app.users_id_seq')")).toMatch(/25006|42501/);
    for (const sql of ['SET default_transaction_read_only = off', 'RESET ALL', 'DISCARD ALL']) {
      expect(await state(sql)).toBe('done');
      expect(await state('DELETE FROM app.users')).toBe('25006');
    }
    await client.query('BEGIN READ WRITE');
    expect(await state('DELETE FROM app.users')).toBe('42501');
    await client.query('ROLLBACK; BEGIN READ WRITE');
    expect(await state('CREATE TEMPORARY TABLE mine (a int)')).toBe('42501');
    await client.query('ROLLBACK');
    expect((await client.query('SELECT count(*)::int FROM app.users')).rows).toEqual([{ count: 5000 }]);
  });

  it('tells one who writes what this is', async () => {
    const client = await backup.client();
    await expect(client.query('DELETE FROM app.users')).rejects.toMatchObject({
      hint: expect.stringContaining('`lifeboat restore`'),
    });
  });

  it('lets nobody in who has not the password, or wants another database', async () => {
    const { host, port, user, password } = backup;
    const attempt = (config: pg.ClientConfig) =>
      new pg.Client({ host, port, user, ...config }).connect().then(
        () => 'in',
        (error) => error.code,
      );
    expect(await attempt({ database: 'shop', password: 'guessed' })).toBe('28P01');
    expect(await attempt({ database: 'shop', password: '' })).toBe('28P01');
    expect(await attempt({ database: 'production', password })).toBe('3D000');
  });

  it('survives whoever does not speak the protocol', async () => {
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\x08\0\0\0\0', '\xff\xff\xff\xff\xff']) {
      const ended = new Promise((resolve) => {
        const socket = connect(backup.port, backup.host, () => socket.write(Buffer.from(bytes, 'latin1')));
        socket
          .on('error', () => {})
          .on('close', resolve)
          .resume();
      });
      await ended;
    }
    const client = await backup.client();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('several clients at once', () => {
  let backup: Browsing;
  beforeAll(async () => {
    backup = await open();
  });
  afterAll(() => backup?.end());

  it('have settings, transactions and prepared statements of their own', async () => {
    const [a, b] = [await backup.client(), await backup.client()];
    await a.query("SET search_path = 'app'");
    await a.query("SET TimeZone = 'Asia/Tokyo'");
    await b.query("SET search_path = 'public'");
    expect((await a.query('SELECT t FROM same_name')).rows).toEqual([{ t: 'app' }]);
    expect((await b.query('SELECT t FROM same_name')).rows).toEqual([{ t: 'public' }]);
    expect((await b.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'UTC' }]);

    await a.query('BEGIN');
    await a.query('SELECT t FROM same_name');
    expect((await b.query('SELECT t FROM same_name')).rows).toEqual([{ t: 'public' }]);
    await expect(a.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
    expect((await b.query('SELECT t FROM same_name')).rows).toEqual([{ t: 'public' }]);
    await expect(a.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await a.query('ROLLBACK');

    const named = (client: pg.Client, text: string) =>
      client.query({ name: 'S_1', text, values: [1] }).then(({ rows }) => rows);
    expect(await named(a, 'SELECT $1::int + 1 AS n')).toEqual([{ n: 2 }]);
    expect(await named(b, 'SELECT $1::int + 10 AS n')).toEqual([{ n: 11 }]);
    expect(await named(a, 'SELECT $1::int + 1 AS n')).toEqual([{ n: 2 }]);
    await b.query('DISCARD ALL');
    expect(await named(a, 'SELECT $1::int + 1 AS n')).toEqual([{ n: 2 }]);
  });

  it('may fetch a result piece by piece, which asks for an answer before the end', async () => {
    const [a, b] = [await backup.client(), await backup.client()];
    const pieces = { text: 'SELECT id::int FROM app.users ORDER BY id LIMIT $1', values: [25], rows: 10 };
    const asked = Promise.all([
      a.query(pieces),
      b.query('SELECT 1 AS one'),
      b.query({ ...pieces, values: [12] }),
    ]);
    const [first, second, third] = await asked;
    expect([first.rows.length, second.rows, third.rows.length]).toEqual([25, [{ one: 1 }], 12]);
    expect(first.rows.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, n) => n + 1));
  });

  it('wait for each other, and each gets its own answer', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => backup.client()));
    const answers = await Promise.all(
      clients.flatMap((client, index) =>
        Array.from({ length: 10 }, (_, n) =>
          client.query('SELECT $1::int AS who, $2::int AS n, count(*)::int FROM app.orders', [index, n]),
        ),
      ),
    );
    expect(answers.map(({ rows: [row] }) => [row.who, row.n, row.count])).toEqual(
      clients.flatMap((_, index) => Array.from({ length: 10 }, (_, n) => [index, n, 40000])),
    );
  });

  it('can cancel what does not end, and everything else is as before', async () => {
    const [a, b] = [await backup.client(), await backup.client()];
    await b.query("SET application_name = 'still me'");
    await b.query('BEGIN');
    await b.query('SELECT count(*) FROM app.users');
    await a.query('SELECT 1');
    const cancelled = expect(a.query(ENDLESS)).rejects.toMatchObject({ code: '57014' });
    // A cancel that comes before the statement is lost, as it is with any server.
    let last: Promise<void> | undefined;
    const again = setInterval(() => {
      last = cancel(backup, a);
    }, 100);
    await cancelled;
    clearInterval(again);
    await last;
    expect((await b.query('SHOW application_name')).rows).toEqual([{ application_name: 'still me' }]);
    await b.query('COMMIT');
    expect((await a.query('SELECT count(*)::int FROM app.users')).rows).toEqual([{ count: 5000 }]);
  });

  it('live on when one of them kills the server', async () => {
    const [a, b] = [await backup.client(), await backup.client()];
    await b.query('BEGIN');
    await b.query('SELECT count(*) FROM app.users');
    await expect(a.query(`SELECT pg_catalog.convert_to('ä', 'LATIN1')`)).rejects.toMatchObject({
      code: 'XX000',
      message: expect.stringContaining('ended during this statement'),
    });
    expect((await b.query('SELECT count(*)::int FROM app.users')).rows).toEqual([{ count: 5000 }]);
    expect((await a.query('SELECT count(*)::int FROM app.users')).rows).toEqual([{ count: 5000 }]);
  });

  it('may go away in the middle of an answer', async () => {
    const client = await backup.client();
    const stream = client.query('SELECT note FROM app.orders a, generate_series(1, 50) g');
    stream.catch(() => {});
    const { connection } = client as unknown as {
      connection: { stream: { destroy(): void; once(event: string, listener: () => void): void } };
    };
    await new Promise<void>((resolve) => connection.stream.once('data', resolve));
    connection.stream.destroy();
    const other = await backup.client();
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

/** As libpq does it: a connection of its own that names process and key. */
async function cancel({ host, port }: Browsing, client: pg.Client): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const packet = Buffer.alloc(16);
  for (const [index, value] of [16, 80877102, processID, secretKey].entries()) {
    packet.writeInt32BE(value, index * 4);
  }
  await new Promise<void>((resolve) => {
    const socket = connect(port, host, () => socket.end(packet));
    socket.on('close', () => resolve()).resume();
  });
}

const PSQL = '/usr/bin/psql';
if (!existsSync(PSQL)) console.warn('psql is not installed: what it makes of a browsed backup is not tested');

describe.skipIf(!existsSync(PSQL))('psql', () => {
  let backup: Browsing;
  beforeAll(async () => {
    backup = await open(['app.users']);
  });
  afterAll(() => backup?.end());

  const environmentOf = ({ host, port, user, password }: OpenBackup) => ({
    PATH: process.env.PATH ?? '',
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: 'shop',
  });
  function psql(...argv: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
    return new Promise((resolve) => {
      execFile(
        PSQL,
        ['-X', ...argv],
        { env: environmentOf(backup), maxBuffer: 100_000_000 },
        (error, stdout, stderr) => {
          resolve({ stdout, stderr, code: Number(error?.code ?? 0) });
        },
      );
    });
  }

  it('describes, selects, copies', async () => {
    const { stdout, stderr } = await psql('-c', '\\d app.orders', '-c', 'SELECT count(*) FROM app.orders');
    expect(stdout).toContain('note    | text');
    expect(stdout).toContain(' 40000\n');
    expect(stderr).toMatch(/^NOTICE: {2}loading app\.orders: 40,000 rows/);
    expect(await psql('-c', 'COPY (SELECT id FROM app.users ORDER BY id LIMIT 3) TO STDOUT')).toEqual({
      stdout: '1\n2\n3\n',
      stderr: '',
      code: 0,
    });
    const copied = await psql('-c', '\\copy app.users FROM /dev/null');
    expect(copied.stderr).toContain(
      'permission denied for table users\nHINT:  This is a read-only copy of a backup',
    );
    expect((await psql('-c', '\\dt app.*')).stdout).toContain('same_name');
  });

  it('reads a large answer in full', async () => {
    const { stdout } = await psql('-Atc', 'SELECT note FROM app.orders');
    expect(stdout.length).toBe(40_000 * 961);
  });

  it('ends a statement by Ctrl-C', async () => {
    const child = spawn(PSQL, ['-X', '-c', 'SELECT 1', '-c', ENDLESS], { env: environmentOf(backup) });
    let output = '';
    child.stderr.on('data', (data) => {
      output += data;
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    // psql has no word for "sent": a cancel that comes before the statement is lost, as it is with any server.
    const again = setInterval(() => child.kill('SIGINT'), 300);
    await ended;
    clearInterval(again);
    expect(output).toContain('canceling statement due to user request');
    expect((await psql('-Atc', 'SELECT count(*) FROM app.users')).stdout).toBe('5000\n');
  });
});

it('refuses a table whose rows the backup does not have, instead of showing none', async () => {
  const backup = await open(undefined, withoutRows);
  try {
    const client = await backup.client();
    await expect(client.query('SELECT * FROM app.users')).rejects.toMatchObject({
      code: '55000',
      message: expect.stringContaining('app.users: its rows are not in the backup'),
    });
  } finally {
    await backup.end();
  }
});

it('a damaged object closes its table and no other', async () => {
  const copy = await testVault();
  cpSync(vault.directory, copy.directory, { recursive: true });
  const manifest = await readManifest(copy.store, place);
  const chunk = manifest.tables.find(({ name }) => name === 'users')?.chunks[0];
  truncateSync(join(copy.directory, chunk?.key ?? 'none'), 100);
  const backup = await open(undefined, place, copy.store);
  try {
    const client = await backup.client();
    await expect(client.query('SELECT * FROM app.users')).rejects.toMatchObject({
      code: '55000',
      message: expect.stringContaining(chunk?.key ?? 'a key'),
    });
    expect((await client.query('SELECT count(*)::int FROM app.orders')).rows).toEqual([{ count: 40000 }]);
    const asked = query(
      { store: copy.store, place, sql: 'SELECT * FROM app.users', directory },
      { columns() {}, row() {} },
    );
    await expect(asked).rejects.toMatchObject({ code: 'object-damaged', kind: 'verification' });
  } finally {
    await backup.end();
    copy.remove();
  }
});

it('leaves nothing behind', async () => {
  const backup = await open();
  expect(readdirSync(directory).length).toBeGreaterThan(0);
  await backup.end();
  expect(readdirSync(directory)).toEqual([]);
  await expect(backup.client()).rejects.toThrow('ECONNREFUSED');
});
