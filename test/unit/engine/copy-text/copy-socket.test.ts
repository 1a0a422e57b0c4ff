import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CopyOut } from '../../../../lib/engine/copy-text/copy-out.ts';
import { CopySocket } from '../../../../lib/engine/copy-text/copy-socket.ts';

let ends: { readonly server: Socket; readonly client: CopySocket; close(): void };

beforeEach(async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = new CopySocket();
  client.connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [server] = (await once(listener, 'connection')) as [Socket];
  const close = () => {
    client.destroy();
    server.destroy();
    listener.close();
  };
  ends = { server, client, close };
});

afterEach(() => ends.close());

function message(type: string, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([header, bytes]);
}

/** The part of pg that a COPY uses, with a test as the server. */
function copyOn(socket: CopySocket) {
  const heardByPg: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => heardByPg.push(bytes));
  const client = {
    query: (copy: CopyOut) => copy.submit({ stream: socket, query: () => {} } as unknown as pg.Connection),
  } as unknown as pg.Client;
  return { copy: new CopyOut(client, 'COPY t TO STDOUT'), heard: () => Buffer.concat(heardByPg) };
}

it('gives others what it reads in memory of their own', async () => {
  const { server, client } = ends;
  const heard: Buffer[] = [];
  client.on('data', (bytes: Buffer) => heard.push(bytes));
  for (const word of ['first', 'second']) {
    server.write(word);
    while (!Buffer.concat(heard).toString().endsWith(word)) await new Promise(setImmediate);
  }
  expect(Buffer.concat(heard).toString()).toBe('firstsecond');
});

it('gives a copy its rows and pg the other messages, wherever the reads were cut', async () => {
  const { copy, heard } = copyOn(ends.client);
  const rows = Array.from({ length: 3000 }, (_, g) => `${g}\t${String(g % 10).repeat((g * 37) % 900)}\n`);
  const notice = message('N', 'warning');
  const done = message('c', '');
  const wire = Buffer.concat([
    ...rows.flatMap((row, g) => [message('d', row), ...(g % 1000 ? [] : [notice])]),
    done,
  ]);
  const writing = (async () => {
    // Cut where no message ends, so that headers come in two parts.
    for (let at = 0; at < wire.length; at += 70_001) {
      ends.server.write(wire.subarray(at, at + 70_001));
      await new Promise(setImmediate);
    }
  })();
  const pieces: Buffer[] = [];
  const reading = (async () => {
    for await (const piece of copy) pieces.push(Buffer.from(piece));
  })();
  await writing;
  while (!heard().subarray(-done.length).equals(done)) await new Promise(setImmediate);
  copy.handleReadyForQuery();
  await reading;
  expect(Buffer.concat(pieces).toString()).toBe(rows.join(''));
  expect(copy.content().rows).toBe(rows.length);
  expect(heard()).toEqual(Buffer.concat([notice, notice, notice, done]));
});
