import { expect, test } from 'vitest';
import { LibpqPeer, type LibpqPeerOptions } from '../../../../lib/engine/schema-dump/libpq-peer.ts';

function packet(...values: Array<number | string>): Buffer {
  const body = Buffer.concat(
    values.map((value) => {
      if (typeof value === 'string') return Buffer.from(`${value}\0`);
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(value);
      return bytes;
    }),
  );
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

const query = (sql: string) => Buffer.concat([Buffer.from('Q'), packet(sql)]);
const READY = Buffer.from('Z\0\0\0\x05T');
const STARTUP = packet(196608, 'user', 'postgres', '');

function startedPeer(options: LibpqPeerOptions = {}): { peer: LibpqPeer; forwarded: string[] } {
  const forwarded: string[] = [];
  const forward = (message: Uint8Array) => {
    forwarded.push(Buffer.from(message).toString('latin1', 5, message.length - 1));
    return Buffer.from('answer');
  };
  const peer = new LibpqPeer(new Map([['server_version', '15.1']]), forward, options);
  return { peer, forwarded };
}

test('declines to encrypt, then lets in with the server’s parameters, inside a transaction', () => {
  const { peer, forwarded } = startedPeer();
  expect(Buffer.from(peer.receive(packet(80877103)))).toEqual(Buffer.from('N'));
  expect(Buffer.from(peer.receive(packet(80877104)))).toEqual(Buffer.from('N'));
  const welcome = Buffer.from(peer.receive(STARTUP));
  expect(welcome.subarray(0, 9)).toEqual(Buffer.from('R\0\0\0\x08\0\0\0\0'));
  expect(welcome.includes('server_version\x0015.1\0')).toBe(true);
  expect(welcome.subarray(-6)).toEqual(READY);
  expect(forwarded).toEqual([]);
});

test('takes a start-up in pieces', () => {
  const { peer } = startedPeer();
  expect(peer.receive(STARTUP.subarray(0, 5))).toHaveLength(0);
  expect(peer.receive(STARTUP.subarray(5, 12))).toHaveLength(0);
  expect(peer.receive(STARTUP.subarray(12))[0]).toBe('R'.charCodeAt(0));
});

test('forwards a query when it is whole, and gives the answer as it is', () => {
  const { peer, forwarded } = startedPeer();
  peer.receive(STARTUP);
  const long = `SELECT ${'x'.repeat(50_000)}`;
  const bytes = query(long);
  for (let at = 0; at < bytes.length - 8192; at += 8192) {
    expect(peer.receive(bytes.subarray(at, at + 8192))).toHaveLength(0);
  }
  expect(forwarded).toEqual([]);
  const answer = peer.receive(bytes.subarray(bytes.length - (bytes.length % 8192)));
  expect(Buffer.from(answer).toString()).toBe('answer');
  expect(forwarded).toEqual([long]);
});

test('answers by itself what concerns the transaction, and nothing else', () => {
  const { peer, forwarded } = startedPeer();
  peer.receive(STARTUP);
  for (const [sql, tag] of [
    ['BEGIN', 'BEGIN'],
    ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY', 'SET'],
    ['COMMIT', 'COMMIT'],
  ] as const) {
    const answer = Buffer.from(peer.receive(query(sql)));
    expect(answer.toString('latin1', 5, 5 + tag.length)).toBe(tag);
    expect(answer.subarray(-6)).toEqual(READY);
  }
  expect(forwarded).toEqual([]);
  const others = [
    'BEGIN; DROP TABLE t',
    "SET TRANSACTION SNAPSHOT '1'",
    'SET statement_timeout = 0',
    'SELECT 1',
  ];
  for (const sql of others) peer.receive(query(sql));
  expect(forwarded).toEqual(others);
});

test('makes up the state of a sequence, if pg_dump writes no data', () => {
  const states = [
    'SELECT last_value, is_called FROM public.users_id_seq',
    `SELECT last_value, is_called FROM "S"."odd ""one"", FROM x"`,
  ];
  const others = [
    'SELECT last_value, is_called FROM public.a, public.b',
    'SELECT last_value, is_called FROM a',
    'SELECT last_value, is_called, log_cnt FROM public.a',
  ];
  const { peer, forwarded } = startedPeer({ writesNoData: true });
  peer.receive(STARTUP);
  for (const sql of states) {
    const answer = Buffer.from(peer.receive(query(sql)));
    expect(answer.subarray(0, 1).toString()).toBe('T');
    expect(answer.includes('last_value\0')).toBe(true);
    expect(answer.includes('SELECT 1\0')).toBe(true);
    expect(answer.subarray(-6)).toEqual(READY);
  }
  expect(forwarded).toEqual([]);
  for (const sql of others) peer.receive(query(sql));
  expect(forwarded).toEqual(others);

  const ordinary = startedPeer();
  ordinary.peer.receive(STARTUP);
  for (const sql of states) ordinary.peer.receive(query(sql));
  expect(ordinary.forwarded).toEqual(states);
});

test('keeps the end of the conversation to itself', () => {
  const { peer, forwarded } = startedPeer();
  peer.receive(STARTUP);
  expect(peer.receive(Buffer.from('X\0\0\0\x04'))).toHaveLength(0);
  expect(forwarded).toEqual([]);
});

test('refuses what pg_dump does not use', () => {
  const { peer } = startedPeer();
  peer.receive(STARTUP);
  expect(() => peer.receive(Buffer.from('P\0\0\0\x04'))).toThrow(/type P/);
});
