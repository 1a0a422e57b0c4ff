import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RawChannel } from '../../../lib/engine/schema-dump/raw-exchange.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 18 });
});
afterAll(() => server.stop());

function simpleQuery(sql: string): Uint8Array {
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.from('Q\0\0\0\0');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

/** Types and bodies of the messages in an answer. */
function messages(answer: Uint8Array): Array<[type: string, body: Buffer]> {
  const bytes = Buffer.from(answer);
  const found: Array<[string, Buffer]> = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    expect(end).toBeLessThanOrEqual(bytes.length);
    found.push([String.fromCharCode(bytes[at] ?? 0), bytes.subarray(at + 5, end)]);
    at = end;
  }
  return found;
}

const rowsQuery = (count: number) =>
  simpleQuery(`SELECT repeat(chr(97 + n % 26), 1 + (n * 4321) % 9000) FROM generate_series(1, ${count}) n`);

function expectRows(answer: Uint8Array, count: number): void {
  const rows = messages(answer).filter(([type]) => type === 'D');
  expect(rows).toHaveLength(count);
  for (const [index, [, body]] of rows.entries()) {
    const n = index + 1;
    const expected = Buffer.alloc(1 + ((n * 4321) % 9000), String.fromCharCode(97 + (n % 26)));
    expect(body.subarray(6).equals(expected)).toBe(true);
  }
}

test('an answer of many pieces is whole, byte for byte', async () => {
  const client = await server.connect();
  const channel = new RawChannel(client);
  expectRows(await channel.exchange(rowsQuery(3000)), 3000);
  channel.close(undefined);
});

test('an answer is whole though pg’s parser puts later pieces into the buffers of earlier ones', async () => {
  const client = await server.connect();
  const { stream } = (client as unknown as { connection: pg.Connection }).connection;
  const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  const observer = await server.connect();
  const channel = new RawChannel(client);
  // A whole answer waits in the socket, and is read in large pieces of which the last is a small one.
  for (let count = 10; count <= 40; count += 3) {
    stream.pause();
    const exchange = channel.exchange(rowsQuery(count));
    const answered =
      "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'idle' AND query LIKE '%' || $2 || ')%'";
    while ((await observer.query(answered, [pid, count])).rowCount === 0);
    stream.resume();
    expectRows(await exchange, count);
  }
  channel.close(undefined);
});

test('an error is an answer, and the next exchange goes on', async () => {
  const client = await server.connect();
  const channel = new RawChannel(client);
  const types = async (sql: string) =>
    messages(await channel.exchange(simpleQuery(sql)))
      .map(([type]) => type)
      .join('');
  expect(await types('SELECT 1/0')).toBe('EZ');
  expect(await types('SELECT 1; SELECT nonsense')).toBe('TDCEZ');
  expect(await types('')).toBe('IZ');
  expect(await types('COPY pg_am FROM STDIN')).toBe('GEZ');
  expect(await types('SELECT 1')).toBe('TDCZ');
  channel.close(undefined);
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('what the server sends on its own is in the answer it came with, and in no other', async () => {
  const client = await server.connect();
  const channel = new RawChannel(client);
  await channel.exchange(simpleQuery('LISTEN lifeboat'));
  const notified = new Promise((resolve) => client.once('notification', resolve));
  await server.run("NOTIFY lifeboat, 'in between'");
  await notified;
  const [, answer] = await Promise.all([
    client.query("SELECT set_config('application_name', 'other query', false)"),
    channel.exchange(simpleQuery("SET application_name = 'exchange'")),
  ]);
  channel.close(undefined);
  const text = Buffer.from(answer).toString('latin1');
  expect(messages(answer).map(([type]) => type)).toEqual(['C', 'S', 'Z']);
  expect(text).toContain('exchange');
  expect(text).not.toMatch(/other query|in between/);
});

test('an exchange is rejected at once when the server ends the session in the middle of its answer', async () => {
  const client = await server.connect();
  const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  const channel = new RawChannel(client);
  const exchange = channel.exchange(simpleQuery('SELECT pg_sleep(600)'));
  const lost = expect(exchange).rejects.toMatchObject({
    code: 'source-connection-lost',
    what: expect.stringContaining('terminating connection due to administrator command'),
  });
  await server.run(`SELECT pg_terminate_backend(${pid})`);
  await lost;
});

test('an exchange on a client with a query time-out leaves no timer behind', async () => {
  const client = await server.connect();
  const settings = (client as unknown as { connectionParameters: { query_timeout: number } })
    .connectionParameters;
  settings.query_timeout = 600_000;
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const channel = new RawChannel(client);
  await channel.exchange(simpleQuery('SELECT 1'));
  channel.close(undefined);
  expect(timers()).toBe(before);
});

test('a closed channel sends nothing, whoever still wants to', async () => {
  const client = await server.connect();
  const channel = new RawChannel(client);
  await channel.exchange(simpleQuery('SELECT 1/0'));
  expect(channel.sqlState).toBe('22012');
  const { stream } = (client as unknown as { connection: pg.Connection }).connection;
  const reason = new Error('given up');
  channel.close(reason);
  const listeners = stream.listenerCount('data');
  await expect(channel.exchange(simpleQuery('SELECT 1'))).rejects.toBe(reason);
  expect(stream.listenerCount('data')).toBe(listeners);
});
