import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browse, type OpenBackup } from '../../../lib/engine/browse/browse.ts';
import { simpleQuery } from '../../../lib/engine/target/embedded/answer-reader.ts';
import { cString, int32, message, readyForQuery } from '../../../lib/engine/wire/backend-messages.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

/** With a function that runs whatever it is given, as many databases have one. */
const SHOP = `
  CREATE TABLE public.users (id int PRIMARY KEY, email text);
  INSERT INTO public.users SELECT g, 'user' || g || '@example.com' FROM generate_series(1, 100) g;
  CREATE VIEW public.emails AS SELECT email FROM public.users;
  CREATE FUNCTION public.run(sql text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE sql; RETURN 'done'; END $$;
  CREATE FUNCTION public.set_it(text, text, boolean) RETURNS text LANGUAGE internal AS 'set_config_by_name';
  CREATE FUNCTION public.as_owner() RETURNS text LANGUAGE sql SET session_authorization = 'postgres' AS 'SELECT current_user::text';
  SELECT lo_from_bytea(4711, 'kept');
  ALTER DATABASE shop SET search_path = elsewhere, public;`;

let vault: TestVault;
let directory: string;
let backup: OpenBackup;
let end: () => Promise<void>;
beforeAll(async () => {
  vault = await testVault();
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-browse-'));
  const server = await startPostgres({ major: 15 });
  try {
    await server.run('CREATE DATABASE shop');
    await server.run(SHOP, 'shop');
    const { place } = await takeBackup(server.url('shop'), vault);
    const ended = new AbortController();
    const opened = Promise.withResolvers<OpenBackup>();
    const done = browse({ store: vault.store, place, directory, signal: ended.signal }, opened.resolve);
    done.catch(opened.reject);
    backup = await opened.promise;
    end = async () => {
      ended.abort(new Error('ended'));
      await done;
    };
  } finally {
    await server.stop();
  }
});
afterAll(async () => {
  await end?.();
  vault?.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function newClient(options?: string): Promise<pg.Client> {
  const { host, port, user, password, database } = backup;
  const client = new pg.Client({ host, port, user, password, database, ...(options ? { options } : {}) });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** What everybody sees, and who they are. */
async function seenByOthers(): Promise<unknown> {
  const client = await newClient();
  try {
    const { rows } = await client.query(`
      SELECT session_user::text, current_user::text, current_setting('is_superuser') AS super,
             current_setting('transaction_read_only') AS read_only,
             (SELECT count(*)::int FROM public.users) AS users, (SELECT count(*)::int FROM public.emails) AS emails,
             (SELECT count(*)::int FROM pg_largeobject_metadata) AS large_objects,
             (SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS relations`);
    return rows[0];
  } finally {
    await client.end();
  }
}

const CHANGE =
  'DELETE FROM public.users; SELECT lo_create(1); DROP VIEW public.emails; CREATE TABLE public.mine ()';

/** Each tries to become the superuser who opened the session, by a way of its own, and then to change something. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  'in a transaction': ['BEGIN READ WRITE', 'SET SESSION AUTHORIZATION postgres', CHANGE, 'COMMIT'],
  'out of it': ['SET SESSION AUTHORIZATION postgres', CHANGE],
  'by its default': ['SET SESSION AUTHORIZATION DEFAULT', CHANGE],
  'by RESET': ['RESET SESSION AUTHORIZATION', CHANGE],
  'by the parameter': ['BEGIN READ WRITE', "SET LOCAL session_authorization = 'postgres'", CHANGE, 'COMMIT'],
  'by a quoted parameter': ['SET "Session_Authorization" TO postgres', CHANGE],
  'by a role': ['SET ROLE postgres', CHANGE],
  'by set_config': ["SELECT set_config('session_authorization', 'postgres', false)", CHANGE],
  'by pg_settings': [
    "UPDATE pg_settings SET setting = 'postgres' WHERE name = 'session_authorization'",
    CHANGE,
  ],
  'by DISCARD ALL': ['DISCARD ALL', CHANGE],
  'by a function of the backup': ["SELECT public.run('SET SESSION AUTHORIZATION postgres')", CHANGE],
  'inside of a function': [
    `SELECT public.run('SET SESSION AUTHORIZATION postgres; SET transaction_read_only = off; ${CHANGE}; RESET SESSION AUTHORIZATION')`,
  ],
  'by a function of the server': ["SELECT public.set_it('session_authorization', 'postgres', false)", CHANGE],
  'by a setting of a function': ['SELECT public.as_owner()', CHANGE],
  'in a block': [
    "DO $$ BEGIN EXECUTE 'SET SESSION AUTHORIZATION postgres'; DELETE FROM public.users; END $$",
  ],
  'after an error': ['BEGIN', 'SELECT 1/0', 'ROLLBACK', 'SET SESSION AUTHORIZATION postgres', CHANGE],
  'after a savepoint': [
    'BEGIN READ WRITE; SAVEPOINT a',
    'SELECT 1/0',
    'ROLLBACK TO a',
    'SET SESSION AUTHORIZATION postgres',
    CHANGE,
    'COMMIT',
  ],
  'in one message': [
    `COMMIT; SET default_transaction_read_only = off; COMMIT; SET SESSION AUTHORIZATION postgres; ${CHANGE}`,
  ],
  'with strings that end elsewhere': [
    'SET standard_conforming_strings = off',
    "SELECT 'a\\'; SET SESSION AUTHORIZATION postgres; --'",
    CHANGE,
  ],
  'by giving away what it holds': [
    'BEGIN READ WRITE; DROP OWNED BY reader; COMMIT',
    'DROP OWNED BY CURRENT_USER',
  ],
  'by large objects': [
    'BEGIN READ WRITE; SELECT lo_create(2); COMMIT',
    "SELECT lo_from_bytea(3, 'x')",
    'SELECT lo_unlink(4711)',
  ],
};

describe('nobody becomes another, and nothing changes', () => {
  it.each(Object.entries(ATTACKS))('%s', async (_, statements) => {
    const before = await seenByOthers();
    const client = await newClient();
    for (const sql of statements) await client.query(sql).catch(() => {});
    await client.query('ROLLBACK');
    const { rows } = await client.query(
      "SELECT session_user::text, current_user::text, current_setting('is_superuser') AS super",
    );
    expect(rows).toEqual([{ session_user: 'reader', current_user: 'reader', super: 'off' }]);
    await client.end();
    expect(await seenByOthers()).toEqual(before);
    expect(before).toMatchObject({ users: 100, emails: 100, read_only: 'on' });
  });

  it('not by options of the connection, which it may have as far as a reader may set them', async () => {
    const client = await newClient(
      '-c session_authorization=postgres -c role=postgres -c session_replication_role=replica -c work_mem=8MB',
    );
    const { rows } = await client.query(`
      SELECT session_user::text, current_setting('session_replication_role') AS replication, current_setting('work_mem') AS memory`);
    expect(rows).toEqual([{ session_user: 'reader', replication: 'origin', memory: '8MB' }]);
    await client.end();
  });

  it('and who tries is told what this is', async () => {
    const client = await newClient();
    await expect(client.query('SET SESSION AUTHORIZATION postgres')).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('cannot become another role'),
      hint: expect.stringContaining('`lifeboat restore`'),
    });
    await client.end();
  });

  it('DISCARD ALL does what poolers and GUIs use it for', async () => {
    const client = await newClient();
    await client.query("SET application_name = 'mine'");
    await client.query({ name: 'one', text: 'SELECT 1 AS one' });
    await client.query('DISCARD ALL');
    expect((await client.query('SHOW application_name')).rows).toEqual([{ application_name: '' }]);
    expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: 'elsewhere, public' }]);
    // A new client of a pool prepares its statements by names that the one before it used.
    const again = new pg.Query({ name: 'one', text: 'SELECT 2 AS one' });
    (client as unknown as { connection: { parsedStatements: object } }).connection.parsedStatements = {};
    const result = await new Promise((resolve, reject) => {
      again.on('error', reject);
      again.on('end', resolve);
      client.query(again);
    });
    expect(result).toMatchObject({ rows: [{ one: 2 }] });
    await client.end();
  });
});

/** A client that says what it wants. */
class RawClient {
  readonly #socket: Socket;
  readonly #heard: Buffer[] = [];
  #arrived = Promise.withResolvers<void>();
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece) => {
      this.#heard.push(piece);
      this.#arrived.resolve();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#arrived.resolve();
    });
  }

  static async open(): Promise<RawClient> {
    const { host, port, password } = backup;
    const client = new RawClient(connect(port, host));
    const body = Buffer.concat([int32(3 << 16), ...['user', 'x', 'database', 'shop', ''].map(cString)]);
    client.send(Buffer.concat([int32(4 + body.length), body]));
    client.send(message('p', cString(password)));
    await client.hear(Buffer.from(readyForQuery('I')).toString('latin1'));
    return client;
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Waits until that was heard, or the connection is closed. */
  async hear(what: string): Promise<void> {
    for (;;) {
      if (Buffer.concat(this.#heard).includes(what) || this.isClosed) return;
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** A message of which the length fits and the content does not. */
const odd = (type: string, ...content: Uint8Array[]) => message(type, ...content);

const VIOLATIONS: Readonly<Record<string, Uint8Array>> = {
  'a type that nobody knows': odd('?', Buffer.from('x')),
  'a password in the middle': odd('p', cString('x')),
  'a query without an end': odd('Q', Buffer.from('SELECT 1')),
  'a query with a tail': odd('Q', cString('SELECT 1'), Buffer.from('tail')),
  'an empty query message': odd('Q'),
  'a query after a failed pipeline that nobody has ended': Buffer.concat([
    odd('P', cString(''), cString('SELEC'), Buffer.alloc(2)),
    odd('H'),
    simpleQuery('SELECT 1'),
  ]),
  'a Bind of nothing': odd('B'),
  'a Bind that promises more than there is': odd('B', cString(''), cString(''), Buffer.from([0, 9])),
  'a Parse cut short': odd('P', cString('a')),
  'a Describe of neither': odd('D', Buffer.from('?'), cString('')),
  'an Execute without a portal': odd('E', cString('nobody'), int32(0)),
  'a function call of nothing': odd('F'),
  'a function call of no function': odd('F', int32(1), Buffer.alloc(6)),
  'rows that nobody asked for': Buffer.concat([
    odd('d', Buffer.from('1\n')),
    odd('c'),
    simpleQuery('SELECT 1'),
  ]),
  'a failed copy that nobody has begun': Buffer.concat([odd('f', cString('x')), simpleQuery('SELECT 1')]),
  'a Sync with content': odd('S', Buffer.from('x')),
  'a length of nothing': Buffer.from('Q\0\0\0\0', 'latin1'),
  'a length beyond all measure': Buffer.from('Q\x7f\xff\xff\xff', 'latin1'),
  'bytes that are no UTF-8': odd('Q', Buffer.from([0x53, 0xff, 0xfe, 0x00])),
  'a start-up packet once more': Buffer.concat([int32(8), int32(80877103)]),
};

describe('a violation of the protocol costs the one who commits it', () => {
  it.each(Object.entries(VIOLATIONS))('%s', async (_, bytes) => {
    // A restart would lose what another one keeps in its session only there.
    const other = await newClient();
    const { rows: before } = await other.query('SELECT pg_postmaster_start_time()::text AS started');
    const client = await RawClient.open();
    client.send(bytes);
    client.send(odd('S'));
    client.send(simpleQuery("SELECT 'goes' || 'on'"));
    await client.hear('goeson');
    client.end();
    const { rows: after } = await other.query('SELECT pg_postmaster_start_time()::text AS started');
    expect(after).toEqual(before);
    await other.end();
  });
});
