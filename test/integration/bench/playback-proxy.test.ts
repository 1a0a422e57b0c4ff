import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { AnswerFrames } from '../../bench/playback/answer-frames.ts';
import { type PlaybackProxy, startPlaybackProxy } from '../../bench/playback/playback-proxy.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { canSwitchOnTls, switchOnTls } from '../../support/server-tls.ts';

let server: PostgresServer;
let proxy: PlaybackProxy;
let copiesAsked = 0;
const clients: pg.Client[] = [];

beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  proxy = await startPlaybackProxy(server, () => {
    copiesAsked += 1;
  });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  copiesAsked = 0;
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});

async function session(): Promise<pg.Client> {
  const url = new URL(server.url());
  url.port = String(proxy.port);
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => {});
  await client.connect();
  clients.push(client);
  return client;
}
const copy = (client: pg.Client, sql: string) => text(client.query(copyTo(sql)));
/** What pg keeps to itself. */
const streamOf = (client: pg.Client) =>
  (client as pg.Client & { readonly connection: { readonly stream: Socket } }).connection.stream;
const sha256 = (rows: string) => createHash('sha256').update(rows).digest('hex');

it('the second time the rows are those of the first, and the session goes on', async () => {
  // Several blocks of a recording, and far more than sockets hold between them.
  await server.run(
    `CREATE TABLE many AS SELECT g AS id, repeat(md5(g::text), 1 + g % 40) AS filler FROM generate_series(1, 20000) g`,
  );
  const direct = await server.connect();
  const wanted = sha256(await copy(direct, 'COPY many TO STDOUT'));
  const first = await session();
  expect(sha256(await copy(first, 'COPY many TO STDOUT'))).toBe(wanted);
  await server.run('DELETE FROM many');
  for (const client of [first, await session()]) {
    expect(sha256(await copy(client, 'COPY many TO STDOUT'))).toBe(wanted);
    expect((await client.query('SELECT count(*)::int AS rows FROM many')).rows).toEqual([{ rows: 0 }]);
  }
  expect(copiesAsked).toBe(1);
  // Another statement is another answer.
  expect(await copy(first, 'COPY many (id) TO STDOUT')).toBe('');
});

it('what is told of the transaction is that of whoever asks', async () => {
  await server.run('CREATE TABLE few AS SELECT 1 AS id');
  const client = await session();
  expect(await copy(client, 'COPY few TO STDOUT')).toBe('1\n');
  await client.query('BEGIN');
  const telling = client as pg.Client & { readonly connection: NodeJS.EventEmitter };
  const statuses: string[] = [];
  telling.connection.on('readyForQuery', ({ status }: { status: string }) => statuses.push(status));
  expect(await copy(client, 'COPY few TO STDOUT')).toBe('1\n');
  expect(await copy(client, 'COPY few TO STDOUT')).toBe('1\n');
  await client.query('ROLLBACK');
  expect(statuses).toEqual(['T', 'T', 'I']);
  expect(copiesAsked).toBe(2);
});

it('an error is not remembered, nor an answer that broke off in an error', async () => {
  const client = await session();
  await expect(copy(client, 'COPY later TO STDOUT')).rejects.toThrow('"later" does not exist');
  const broken = 'COPY (SELECT 10 / (3 - id) FROM later) TO STDOUT';
  await server.run('CREATE TABLE later AS SELECT generate_series(1, 3) AS id');
  expect(await copy(client, 'COPY later TO STDOUT')).toBe('1\n2\n3\n');
  await expect(copy(client, broken)).rejects.toThrow('division by zero');
  await server.run('DELETE FROM later WHERE id = 3');
  expect(await copy(client, broken)).toBe('5\n10\n');
});

it('several sessions at once are each told everything, while the first is still being recorded', async () => {
  await server.run(
    `CREATE TABLE wide AS SELECT g AS id, repeat('x', 1000) AS filler FROM generate_series(1, 5000) g`,
  );
  const sessions = await Promise.all(Array.from({ length: 6 }, session));
  for (let round = 0; round < 2; round += 1) {
    const answers = await Promise.all(sessions.map((client) => copy(client, 'COPY wide TO STDOUT')));
    expect(new Set(answers.map(sha256)).size).toBe(1);
    expect(answers[0]?.split('\n')).toHaveLength(5001);
  }
  expect(copiesAsked).toBeLessThanOrEqual(sessions.length);
});

it('a client that goes away while it is being told leaves nothing half recorded', async () => {
  await server.run(
    `CREATE TABLE long AS SELECT g AS id, repeat('y', 1000) AS filler FROM generate_series(1, 30000) g`,
  );
  const leaves = await session();
  const rows = leaves.query(copyTo('COPY long TO STDOUT'));
  rows.on('error', () => {});
  await once(rows, 'data');
  streamOf(leaves).destroy();
  const stays = await session();
  for (let time = 0; time < 2; time += 1)
    expect((await copy(stays, 'COPY long TO STDOUT')).split('\n')).toHaveLength(30_001);
  expect(copiesAsked).toBe(2);
});

it('an answer is not played back before those to earlier questions', async () => {
  await server.run('CREATE TABLE queued AS SELECT 1 AS id');
  const client = await session();
  await copy(client, 'COPY queued TO STDOUT');
  // From here on the test is the client.
  const stream = streamOf(client).removeAllListeners('data');
  const query = (sql: string) => {
    const bytes = Buffer.from(`Q\0\0\0\0${sql}\0`);
    bytes.writeInt32BE(bytes.length - 1, 1);
    return bytes;
  };
  stream.write(Buffer.concat([query('SELECT 47 + 11, pg_sleep(0.05)'), query('COPY queued TO STDOUT')]));
  const frames = new AnswerFrames();
  const answers: string[] = [];
  let told = '';
  for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (let at = 0; ; ) {
      const ended = frames.read(piece, at);
      told += piece.toString('latin1', at, ended?.end);
      if (!ended) break;
      answers.push(told);
      told = '';
      at = ended.end;
    }
    if (answers.length === 2) break;
  }
  expect(answers).toEqual([expect.stringContaining('58'), expect.stringContaining('COPY 1')]);
  stream.destroy();
  clients.splice(clients.indexOf(client), 1);
});

it('what the server says by itself does not come between the rows', async () => {
  await server.run(
    `CREATE TABLE told AS SELECT g AS id, repeat('z', 1000) AS filler FROM generate_series(1, 30000) g`,
  );
  const wanted = sha256(await copy(await session(), 'COPY told TO STDOUT'));
  const listener = await session();
  await listener.query('LISTEN news');
  const heard = once(listener, 'notification');
  const speaker = await server.connect();
  let isOver = false;
  const reading = copy(listener, 'COPY told TO STDOUT').finally(() => {
    isOver = true;
  });
  while (!isOver) await speaker.query('NOTIFY news');
  expect(sha256(await reading)).toBe(wanted);
  await heard;
});

it('everything else passes as it is: the parameters of a statement, and its cancellation', async () => {
  await server.run('CREATE TABLE within (id int)');
  const client = await session();
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  await client.query('INSERT INTO within SELECT generate_series(1, $1::int)', [3]);
  expect(await copy(client, 'COPY within TO STDOUT')).toBe('1\n2\n3\n');
  const sleeping = client.query('SELECT pg_sleep(600)');
  const cancelled = expect(sleeping).rejects.toThrow('canceling statement');
  const watch = await session();
  const asleep = `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`;
  await vi.waitUntil(async () => (await watch.query(asleep, [rows[0]?.pid])).rowCount === 1, {
    timeout: 60_000,
    interval: 20,
  });
  const { processID, secretKey } = client as pg.Client & { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  for (const [index, number] of [16, 80877102, processID, secretKey].entries())
    request.writeInt32BE(number, index * 4);
  connect(proxy.port, '127.0.0.1').end(request);
  await cancelled;
});

it.runIf(canSwitchOnTls())(
  'TLS is declined, though the server has it: nobody could look into it',
  async () => {
    await switchOnTls(server);
    const url = new URL(server.url());
    url.port = String(proxy.port);
    const client = new pg.Client({ connectionString: url.href, ssl: { rejectUnauthorized: false } });
    await expect(client.connect()).rejects.toThrow('does not support SSL');
  },
);
