import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CopyOut } from '../../../lib/engine/copy-text/copy-out.ts';
import { RowDigest } from '../../../lib/engine/copy-text/row-digest.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres({ major: 15 });
  client = await server.connect();
  client.on('error', () => {});
  await client.query(`
    CREATE TABLE mixed AS SELECT g AS id, repeat(chr(97 + g % 26), g % 700) AS text, g / 7.0 AS number
      FROM generate_series(1, 20000) g;
    CREATE TABLE large AS SELECT g AS id, repeat('0123456789', 300000) AS text FROM generate_series(1, 5) g;
    CREATE FUNCTION talk(number int) RETURNS int LANGUAGE plpgsql AS
      $$ BEGIN IF number % 1000 = 0 THEN RAISE NOTICE 'at %', number; END IF; RETURN number; END $$`);
});

afterAll(async () => {
  await client.end();
  await server.stop();
});

async function textOf(statement: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of new CopyOut(client, statement)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function socketOf(of: pg.Client): Socket {
  return (of as unknown as { connection: { stream: Socket } }).connection.stream;
}

describe('COPY … TO STDOUT', () => {
  it.each(['COPY mixed TO STDOUT', 'COPY large TO STDOUT', 'COPY (SELECT FROM mixed) TO STDOUT'])(
    'gives the bytes that a library gives: %s',
    async (statement) => {
      const expected = await buffer(client.query(copyTo(statement)));
      const copy = new CopyOut(client, statement);
      const pieces: Buffer[] = [];
      for await (const piece of copy) pieces.push(Buffer.from(piece));
      expect(Buffer.concat(pieces).equals(expected)).toBe(true);
      const digest = new RowDigest();
      digest.update(expected);
      expect(copy.content()).toEqual(digest.finish());
      expect(copy.reportedRows).toBe(copy.content().rows);
    },
  );

  it('leaves the connection as it was, one after the other', async () => {
    for (const limit of [0, 1, 3]) {
      expect(await textOf(`COPY (SELECT id FROM mixed ORDER BY id LIMIT ${limit}) TO STDOUT`)).toEqual(
        Buffer.from(
          ['1', '2', '3']
            .slice(0, limit)
            .map((id) => `${id}\n`)
            .join(''),
        ),
      );
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    }
    expect(socketOf(client).listenerCount('data')).toBe(1);
  });

  it('lets pg have notices that come between rows', async () => {
    const heard: string[] = [];
    client.on('notice', ({ message }) => heard.push(String(message)));
    const text = await textOf('COPY (SELECT talk(id) FROM mixed ORDER BY id) TO STDOUT');
    expect(text.toString().split('\n').length).toBe(20_001);
    expect(heard).toEqual(Array.from({ length: 20 }, (_, index) => `at ${(index + 1) * 1000}`));
  });

  it('throws what the server refuses, at once or in the middle, and can go on', async () => {
    await expect(textOf('COPY nowhere TO STDOUT')).rejects.toMatchObject({ code: '42P01' });
    await expect(textOf('COPY (SELECT 1 / (9000 - id) FROM mixed) TO STDOUT')).rejects.toMatchObject({
      code: '22012',
    });
    expect((await textOf('COPY (SELECT 1) TO STDOUT')).toString()).toBe('1\n');
  });

  it('keeps the server waiting while nobody takes what has come', async () => {
    const copy = new CopyOut(client, 'COPY (SELECT m.* FROM mixed m, generate_series(1, 20)) TO STDOUT');
    const pieces = copy[Symbol.asyncIterator]();
    const socket = socketOf(client);
    const readBefore = socket.bytesRead;
    await pieces.next();
    while (!socket.isPaused()) await once(socket, 'pause');
    // What the next piece holds, and what Node and the two kernels keep; 150 MB are on their way.
    expect(socket.bytesRead - readBefore).toBeLessThan(2 * 1024 * 1024);
    let bytes = 0;
    for await (const piece of { [Symbol.asyncIterator]: () => pieces }) bytes += piece.length;
    expect(bytes).toBeGreaterThan(100_000_000);
    expect(copy.content().rows).toBe(400_000);
  });

  it('ends with the signal, though the server says nothing', async () => {
    const own = await server.connect();
    own.on('error', () => {});
    const stop = new AbortController();
    const reading = new CopyOut(own, 'COPY (SELECT pg_sleep(600)) TO STDOUT', stop.signal)
      [Symbol.asyncIterator]()
      .next();
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    socketOf(own).destroy();
  });

  it('throws when the connection is lost in the middle', async () => {
    const own = await server.connect();
    own.on('error', () => {});
    const pieces = new CopyOut(own, 'COPY (SELECT m.* FROM mixed m, generate_series(1, 20)) TO STDOUT')[
      Symbol.asyncIterator
    ]();
    await pieces.next();
    socketOf(own).destroy();
    await expect(
      (async () => {
        for await (const _ of { [Symbol.asyncIterator]: () => pieces });
      })(),
    ).rejects.toThrow('Connection terminated');
  });
});
