import { PassThrough } from 'node:stream';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { CopyOut } from '../../../../lib/engine/copy-text/copy-out.ts';

/** A connection on which a test is the server; the conversation with a real one is in test/integration/snapshot. */
function connectionToATest() {
  const socket = new PassThrough();
  const heardByPg: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => heardByPg.push(bytes));
  const client = {
    query(copy: CopyOut) {
      socket.on('error', (error) => copy.handleError(error));
      copy.submit({ stream: socket, query: () => {} } as unknown as pg.Connection);
    },
  } as unknown as pg.Client;
  return { client, socket, heardByPg };
}

async function readAll(copy: CopyOut): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of copy) pieces.push(piece.toString());
  return pieces.join('');
}

it('gives up a connection that sends what is no message', async () => {
  const { client, socket } = connectionToATest();
  const reading = readAll(new CopyOut(client, 'COPY t TO STDOUT'));
  socket.write(Buffer.from([0x64, 0, 0, 0, 3, 0, 0]));
  await expect(reading).rejects.toThrow('shorter than its own header');
  expect(socket.destroyed).toBe(true);
});

it('hands pg each message that is no row whole, however it came, and the socket at the end', async () => {
  const { client, socket, heardByPg } = connectionToATest();
  const copy = new CopyOut(client, 'COPY t TO STDOUT');
  const reading = readAll(copy);
  const notice = Buffer.from('N\0\0\0\u0008warn', 'latin1');
  const row = Buffer.from('d\0\0\0\u0008row\n', 'latin1');
  const done = Buffer.from('c\0\0\0\u0004', 'latin1');
  for (const byte of Buffer.concat([row, notice, row, done])) socket.write(Buffer.from([byte]));
  while (Buffer.concat(heardByPg).length < notice.length + done.length) await new Promise(setImmediate);
  copy.handleCommandComplete({ text: 'COPY 2' });
  copy.handleReadyForQuery();
  expect(await reading).toBe('row\nrow\n');
  expect(copy.reportedRows).toBe(copy.content().rows);
  expect(Buffer.concat(heardByPg)).toEqual(Buffer.concat([notice, done]));
  expect(socket.listenerCount('data')).toBe(1);
});

const message = (type: string, content: string) => {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([header, Buffer.from(content, 'latin1')]);
};

it('gives the rows of several COPYs of one message apart, and those before an error that ends the next', async () => {
  const { client, socket } = connectionToATest();
  const copy = new CopyOut(client, 'COPY a TO STDOUT; COPY b TO STDOUT; COPY c TO STDOUT');
  const tell = async (...messages: Buffer[]) => {
    socket.write(Buffer.concat(messages));
    await new Promise(setImmediate);
  };
  // All of it has come before anybody reads.
  await tell(message('H', 'xxx'), message('d', 'one\n'), message('d', 'two\n'), message('c', ''));
  copy.handleCommandComplete({ text: 'COPY 2' });
  await tell(message('C', 'ROLLBACK\0'), message('H', 'xxx'), message('c', ''));
  copy.handleCommandComplete({ text: 'ROLLBACK' });
  copy.handleCommandComplete({ text: 'COPY 0' });
  await tell(message('d', 'half of what'));
  copy.handleError(new Error('the lock is not available'));

  const read = async () => {
    const pieces: string[] = [];
    for await (const piece of copy.rows()) pieces.push(piece.toString());
    return { text: pieces.join(''), rows: copy.content().rows, reported: copy.reportedRows };
  };
  expect(await read()).toEqual({ text: 'one\ntwo\n', rows: 2, reported: 2 });
  expect(await read()).toEqual({ text: '', rows: 0, reported: 0 });
  await expect(read()).rejects.toThrow('the lock is not available');
});
