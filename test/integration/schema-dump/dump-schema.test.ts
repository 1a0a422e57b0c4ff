import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { dumpSchema, type SchemaDumpRequest } from '../../../lib/engine/schema-dump/dump-schema.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { dumpDatabase } from './dump-with.ts';

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  await server.run(`
    CREATE TABLE public.users (id int PRIMARY KEY, name text);
    CREATE VIEW public.names AS SELECT name FROM public.users;
    CREATE ROLE nobody_much`);
});
afterAll(() => server.stop());
beforeEach(async () => {
  client = await server.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
});
afterEach(() => client.end());

const dump = (request: Partial<SchemaDumpRequest> = {}) =>
  dumpSchema({ client, signal: new AbortController().signal, deadlineMs: 30_000, ...request });

async function failure(promise: Promise<unknown>): Promise<LifeboatError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LifeboatError) return error;
  throw new Error('expected a LifeboatError', { cause: error });
}

describe('the files', () => {
  test('hold the objects, and neither session settings nor psql restrictions', async () => {
    const { preData, postData, pgDumpVersion, warnings } = await dump();
    expect(preData.toString()).toContain('CREATE TABLE public.users (');
    expect(postData.toString()).toContain('ADD CONSTRAINT users_pkey PRIMARY KEY (id)');
    for (const file of [preData.toString(), postData.toString()]) {
      expect(file).toMatch(/^--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 18\./);
      expect(file).toMatch(/-- PostgreSQL database dump complete\n--\n\n$/);
      expect(file).not.toMatch(/restrict|set_config|SET (?!default_table)/);
    }
    expect(pgDumpVersion).toMatch(/^18\.\d+$/);
    expect(warnings).toEqual([]);
  });

  test('leave out what the arguments leave out', async () => {
    const { preData } = await dump({ arguments: ['--exclude-table=public.names'] });
    expect(preData.toString()).toContain('public.users');
    expect(preData.toString()).not.toContain('public.names');
  });

  test('show the snapshot, not what was committed since', async () => {
    await client.query('SELECT 1');
    await server.run('CREATE TABLE public.newer (); ');
    try {
      expect((await dump()).preData.toString()).not.toContain('newer');
    } finally {
      await server.run('DROP TABLE public.newer');
    }
  });

  test('keep lines of a function that look like psql restrictions', async () => {
    await server.run('CREATE DATABASE restricted');
    const body = '\\restrict abc\n\\unrestrict abc\n\\RESTRICT x\n\\Unrestrict\n\\restrict';
    await server.run(
      `CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT '\n${body}\n' $$`,
      'restricted',
    );
    const { preData } = await dumpDatabase(server, 'restricted');
    expect(preData.toString()).toContain(`\n${body}\n`);
  });

  test('of a LATIN1 database are in UTF-8', async () => {
    await server.run(`CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    await server.run(`CREATE TABLE "Größe" (ä int); COMMENT ON TABLE "Größe" IS 'ÿ'`, 'latin');
    const { preData } = await dumpDatabase(server, 'latin');
    expect(preData.toString('utf8')).toContain('CREATE TABLE public."Größe" (\n    "ä" integer');
    expect(preData.toString('utf8')).toContain(`IS 'ÿ'`);
  });

  test('of a SQL_ASCII database keep every byte', async () => {
    await server.run(`CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
    await server.run(
      `DO $do$ BEGIN EXECUTE convert_from('\\x435245415445205441424c452022ff8022202829', 'SQL_ASCII'); END $do$`,
      'bytes',
    );
    const { preData } = await dumpDatabase(server, 'bytes');
    expect(preData.includes(Buffer.from('CREATE TABLE public."\xff\x80" (', 'latin1'))).toBe(true);
  });
});

describe('the session', () => {
  test('comes back with its own settings, prepared statements and transaction', async () => {
    await client.query(
      `SET search_path = 'public'; SET DateStyle = 'German'; SET statement_timeout = '7min'; SET extra_float_digits = 1`,
    );
    const settings = async () =>
      (
        await client.query(
          "SELECT name, setting FROM pg_settings WHERE name <> 'transaction_read_only' ORDER BY name",
        )
      ).rows;
    const before = await settings();
    const snapshot = (await client.query('SELECT pg_current_snapshot()::text, txid_current_if_assigned()'))
      .rows;

    await dump();

    expect(await settings()).toEqual(before);
    expect(
      (await client.query('SELECT pg_current_snapshot()::text, txid_current_if_assigned()')).rows,
    ).toEqual(snapshot);
    expect((await client.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([]);
    // pg_dump forbids itself to read views; our COPY must not inherit that.
    expect((await client.query('SELECT * FROM public.names')).rows).toEqual([]);
  });

  test('serves other queries meanwhile, and no byte of theirs gets into the dump', async () => {
    const alone = await dump();
    let answered = 0;
    let over = false;
    const pings = (async () => {
      while (!over) {
        const { rows } = await client.query(
          `SELECT repeat('CREATE TABLE stray ();', 500) AS text, $1::int AS n`,
          [answered],
        );
        expect(rows[0].n).toBe(answered);
        answered += 1;
      }
    })();
    const together = await dump();
    over = true;
    await pings;
    expect(answered).toBeGreaterThan(10);
    expect(together.preData.equals(alone.preData)).toBe(true);
    expect(together.postData.equals(alone.postData)).toBe(true);
  });

  test('has no listener left on its socket', async () => {
    const stream = (client as unknown as { connection: pg.Connection }).connection.stream;
    const listeners = () => stream.eventNames().map((name) => [name, stream.listenerCount(name)]);
    const before = listeners();
    await dump();
    expect(listeners()).toEqual(before);
  });
});

describe('it gives up', () => {
  // Before the dump's first query, in the middle of pg_dump's work, and after it.
  describe.each([1, 12, 'last'] as const)('at query %s', (position) => {
    test('with the reason, when the signal aborts, and at once', async () => {
      const controller = new AbortController();
      const reason = new Error('the user pressed a key');
      const gate = holdQuery(client, position);
      const dumping = expect(dump({ signal: controller.signal })).rejects.toBe(reason);
      await gate.held;
      const abortedAt = performance.now();
      controller.abort(reason);
      await dumping;
      expect(performance.now() - abortedAt).toBeLessThan(1000);
      gate.release();
    });

    test('when the server ends the session', async () => {
      const pid = await backendPid(client);
      const gate = holdQuery(client, position);
      const dumping = failure(dump());
      await gate.held;
      const ended = new Promise((resolve) => client.once('end', resolve));
      await server.run(`SELECT pg_terminate_backend(${pid})`);
      await ended;
      const releasedAt = performance.now();
      gate.release();
      expect((await dumping).code).toBe('source-connection-lost');
      expect(performance.now() - releasedAt).toBeLessThan(1000);
    });

    test('when the server falls silent', async () => {
      const pid = await backendPid(client);
      const gate = holdQuery(client, position);
      const dumping = failure(dump({ deadlineMs: 2000 }));
      await gate.held;
      process.kill(pid, 'SIGSTOP');
      try {
        gate.release();
        expect((await dumping).code).toBe('source-not-answering');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    });
  });

  test('with the server’s words, when it ended the session in the middle of pg_dump’s work', async () => {
    const pid = await backendPid(client);
    const gate = holdQuery(client, 12);
    const dumping = failure(dump());
    await gate.held;
    const ended = new Promise((resolve) => client.once('end', resolve));
    await server.run(`SELECT pg_terminate_backend(${pid})`);
    await ended;
    gate.release();
    expect((await dumping).what).toContain('terminating connection due to administrator command');
  });

  test('when the connection is cut without a word', async () => {
    const gate = holdQuery(client, 12);
    const dumping = failure(dump());
    await gate.held;
    (client as unknown as { connection: pg.Connection }).connection.stream.destroy();
    gate.release();
    expect((await dumping).code).toBe('source-connection-lost');
  });

  test('in pg_dump’s own words when the server is newer than pg_dump', async () => {
    const error = await failure(dump({ parameters: new Map([['server_version', '19.0']]) }));
    expect(error).toMatchObject({ code: 'schema-dump-failed', kind: 'source' });
    expect(error.what).toMatch(/server version mismatch \(server version: 19\.0; pg_dump version: 18\.\d+\)/);
  });

  test('in pg_dump’s own words, without its query, when a table may not be read', async () => {
    await client.query('SET LOCAL ROLE nobody_much');
    const error = await failure(dump());
    expect(error.code).toBe('schema-dump-failed');
    expect(error.what).toContain('permission denied for table users');
    expect(error.message).not.toMatch(/LOCK TABLE|SELECT/);
  });

  test('when an argument is wrong', async () => {
    const error = await failure(dump({ arguments: ['--no-such-thing'] }));
    expect(error.what).toBe(
      'pg_dump could not dump the schema: unrecognized option: no-such-thing (Try "pg_dump --help" for more information.).',
    );
  });

  test('before it begins when aborted already', async () => {
    await expect(dump({ signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early');
  });

  test('instead of waiting for a lock that the caller does not hold', async () => {
    const other = await server.connect();
    await other.query('BEGIN; LOCK TABLE public.users IN ACCESS EXCLUSIVE MODE');
    try {
      const error = await failure(dump());
      expect(error.what).toContain('canceling statement due to statement timeout');
    } finally {
      await other.end();
    }
  });
});

async function backendPid(session: pg.Client): Promise<number> {
  return (await session.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
}

/** Stops the dump before the nth query that it sends, or before the one that puts the session back, until released. */
function holdQuery(session: pg.Client, position: number | 'last'): { held: Promise<void>; release(): void } {
  const held = Promise.withResolvers<void>();
  let release = () => {};
  let count = 0;
  const query = session.query.bind(session) as (...given: unknown[]) => unknown;
  const gated = (...given: unknown[]): unknown => {
    count += 1;
    const [first] = given;
    const isPosition = position === 'last' ? String(first).includes('DEALLOCATE ALL') : count === position;
    if (!isPosition) return query(...given);
    const answer = new Promise((resolve) => {
      release = () => resolve(query(...given));
    });
    held.resolve();
    return answer;
  };
  session.query = gated as typeof session.query;
  return { held: held.promise, release: () => release() };
}
