import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from '../../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { canSwitchOnTls, switchOnTls } from '../../support/server-tls.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ major: 18 });
});
afterAll(() => server?.stop());

const oneTry = { attempts: 1 };

async function failureOf(url: string) {
  const error = await connect(connectionSettings(url), oneTry).then(
    async (session) => {
      await session.end();
      throw new Error('connected, unexpectedly');
    },
    (reason) => reason,
  );
  expect(error.message).not.toContain('s3cret');
  return error;
}

describe('a connection that cannot be made', () => {
  it('names what was refused, and never the password', async () => {
    const url = new URL(server.url());
    const with_ = (change: (url: URL) => void) => {
      const copy = new URL(url);
      change(copy);
      return copy.toString();
    };
    const cases: Record<string, string> = {
      'source-password-refused': with_((u) => {
        u.password = 's3cret-wrong';
      }),
      'source-database-missing': with_((u) => {
        u.pathname = '/nowhere';
      }),
      'source-connection-refused': 'postgres://u:s3cret@127.0.0.1:1/db',
      'source-host-unknown': 'postgres://u:s3cret@no-such-host.invalid/db?sslmode=disable',
      'source-tls-missing': with_((u) => {
        u.search = '?sslmode=require';
      }),
      'source-password-missing': with_((u) => {
        u.password = '';
      }),
    };
    for (const [code, address] of Object.entries(cases)) {
      const error = await failureOf(address);
      expect({ code: error.code, kind: error.kind }, error.message).toEqual({ code, kind: 'source' });
      expect(error.remedy).toBeTruthy();
    }
  });

  it('is tried again where that can help, and the person is told', async () => {
    const told: string[] = [];
    const settings = connectionSettings('postgres://u:p@127.0.0.1:1/db');
    await expect(
      connect(settings, { attempts: 2, onRetry: (failure) => told.push(failure.code) }),
    ).rejects.toMatchObject({ code: 'source-connection-refused' });
    expect(told).toEqual(['source-connection-refused']);
  });
});

it('begins with the settings that the URL gives to the session', async () => {
  const url = `${server.url()}?options=${encodeURIComponent('-c work_mem=7MB')}`;
  const session = await connect(connectionSettings(url), oneTry);
  const { rows } = await session.client.query('SHOW work_mem');
  await session.end();
  expect(rows).toEqual([{ work_mem: '7MB' }]);
});

describe('a session', () => {
  it('undoes what the database and the role set', async () => {
    await server.run('CREATE DATABASE odd');
    await server.run(
      `ALTER DATABASE odd SET datestyle = 'German';
       ALTER DATABASE odd SET bytea_output = 'escape';
       ALTER DATABASE odd SET standard_conforming_strings = off;
       ALTER DATABASE odd SET statement_timeout = '2min';
       ALTER ROLE postgres SET intervalstyle = 'sql_standard'`,
    );
    const session = await connect(connectionSettings(server.url('odd')));
    const { rows } = await session.client.query(
      `SELECT '2026-01-31'::date::text AS date, '\\x00ff'::bytea::text AS bytes, '1 day'::interval::text AS interval,
              current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path`,
    );
    await session.end();
    expect(rows[0]).toEqual({
      date: '2026-01-31',
      bytes: '\\x00ff',
      interval: '1 day',
      timeout: '0',
      path: '""',
    });
  });
});

describe('a session that the server ends', () => {
  /** Ends the one that runs `query`; a server may see that later than whoever sent it goes on. */
  const terminate = async (query: string) => {
    const client = await server.connect();
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'lifeboat' AND state = 'active' AND query = $1`;
    await vi.waitUntil(async () => (await client.query(end, [query])).rowCount, { timeout: 60_000 });
    await client.end();
  };

  it('says why, also where the reason went to the query that was running', async () => {
    const session = await connect(connectionSettings(server.url()), oneTry);
    const lost = new Promise<unknown>((resolve) => {
      session.lost.addEventListener('abort', () => resolve(session.lost.reason));
    });
    const running = session.client.query('SELECT pg_sleep(600)').catch((error: unknown) => error);
    await terminate('SELECT pg_sleep(600)');
    expect(await running).toMatchObject({ code: '57P01' });
    expect(await lost).toMatchObject({
      code: 'source-connection-lost',
      what: expect.stringContaining('administrator command'),
    });
  });

  it('forgets an error after which it went on', async () => {
    const session = await connect(connectionSettings(server.url()), oneTry);
    await expect(session.client.query('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
    // That the server is ready again comes after the error, and can come later.
    await session.client.query('SELECT 1');
    const closed = session.failure(new Error('Connection terminated unexpectedly'), 'A query');
    await session.end();
    expect(closed).toMatchObject({
      code: 'source-connection-lost',
      what: expect.not.stringContaining('division by zero'),
    });
  });

  it('remembers a recovery conflict that somebody else was told of', async () => {
    const session = await connect(connectionSettings(server.url()), oneTry);
    // What replay does to a query of pg_dump's; the words are those of lc_messages.
    await session.client
      .query(`DO $$ BEGIN RAISE EXCEPTION 'storniert' USING ERRCODE = '40001'; END $$`)
      .catch(() => {});
    const dump = new LifeboatError({ code: 'schema-dump-failed', kind: 'source', what: 'pg_dump gave up.' });
    const failure = session.failure(dump, 'A query');
    await session.end();
    expect(failure).toMatchObject({ code: 'source-recovery-conflict' });
  });
});

it('asks a server that has no TLS only once for it', async () => {
  let connections = 0;
  const line = createServer((client) => {
    connections += 1;
    const behind = createConnection(server.port, '127.0.0.1');
    client.on('error', () => {}).pipe(behind);
    behind.on('error', () => {}).pipe(client);
  });
  await once(line.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(server.url());
  url.port = String((line.address() as AddressInfo).port);
  const settings = connectionSettings(url.toString());
  for (const expected of [2, 3, 4]) {
    const session = await connect(settings, oneTry);
    expect(connections).toBe(expected);
    await session.end();
  }
  line.close();
});

describe.skipIf(!canSwitchOnTls())('TLS', () => {
  let certificate: string;
  beforeAll(async () => {
    certificate = await switchOnTls(server);
  });

  const at = (host: string, parameters: string) => `${server.url().replace('127.0.0.1', host)}?${parameters}`;

  it('refuses a certificate that nobody vouches for, and says how to trust it', async () => {
    const error = await failureOf(at('localhost', 'sslmode=verify-full'));
    expect(error.code).toBe('source-tls-untrusted');
    expect(error.remedy).toContain('sslrootcert');
  });

  it('accepts it when its authority is named, for its own host name only', async () => {
    const trusted = `sslmode=verify-full&sslrootcert=${certificate}`;
    const session = await connect(connectionSettings(at('localhost', trusted)), oneTry);
    const { rows } = await session.client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await session.end();
    expect(rows[0]?.ssl).toBe(true);
    expect((await failureOf(at('127.0.0.1', trusted))).code).toBe('source-tls-untrusted');
  });

  it('proves with its certificate that it knows the password, where channel binding is required', async () => {
    const at = (query: string) =>
      server.url().replace('127.0.0.1', 'localhost').concat(`?channel_binding=require&${query}`);
    const session = await connect(connectionSettings(at('sslmode=require')), oneTry);
    await session.end();
    expect((await failureOf(at('sslmode=disable'))).code).toBe('source-channel-binding-missing');
  });

  it('encrypts without verifying under sslmode=require', async () => {
    const session = await connect(connectionSettings(at('localhost', 'sslmode=require')), oneTry);
    const { rows } = await session.client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await session.end();
    expect(rows[0]?.ssl).toBe(true);
  });
});
