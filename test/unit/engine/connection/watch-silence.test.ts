import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { watchSilence } from '../../../../lib/engine/connection/watch-silence.ts';

const LONGEST_SILENCE_MS = 300;

/** A connection on which an answer is awaited; what `speak` says is the server's. */
async function awaitingAnswer(isAtWork?: () => Promise<boolean>) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stream = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [Socket];
  peer.on('error', () => {});
  const failure = new Promise<Error>((resolve) => stream.once('error', resolve));
  stream.on('data', () => {});
  watchSilence(
    { connection: { stream }, readyForQuery: false } as unknown as pg.Client,
    'u@h/d',
    LONGEST_SILENCE_MS,
    isAtWork,
  );
  return {
    ...{ stream, failure },
    speak: () => peer.write('.'),
    [Symbol.asyncDispose]: async () => {
      stream.destroy();
      peer.destroy();
      server.close();
    },
  };
}

it('gives up a server that says nothing', async () => {
  await using connection = await awaitingAnswer();
  expect(await connection.failure).toMatchObject({ code: 'source-not-answering' });
});

it('counts from when it listens again, however long it did not', async () => {
  await using connection = await awaitingAnswer();
  const { stream } = connection;
  stream.pause();
  // The clock runs on, and would be up a moment after.
  await delay(3 * LONGEST_SILENCE_MS - 30);
  const resumedAt = performance.now();
  stream.resume();
  await delay(LONGEST_SILENCE_MS / 2);
  // On a busy machine the half can become the whole, and then it is given up rightly.
  if (performance.now() - resumedAt >= LONGEST_SILENCE_MS) return;
  expect(stream.destroyed).toBe(false);
  connection.speak();
  await once(stream, 'data');
  // And the silence that comes then is one.
  expect(await connection.failure).toMatchObject({ code: 'source-not-answering' });
});

it('waits as long as the server is at work, and no longer', async () => {
  const answers = [true, true, false];
  await using connection = await awaitingAnswer(async () => answers.shift() ?? false);
  expect(await connection.failure).toMatchObject({ code: 'source-not-answering' });
  expect(answers).toEqual([]);
});

it('gives up a server that cannot be asked', async () => {
  await using connection = await awaitingAnswer(async () => {
    throw new Error('no way to it');
  });
  expect(await connection.failure).toMatchObject({ code: 'source-not-answering' });
});

it('takes an answer that comes while it asks', async () => {
  const asked = Promise.withResolvers<void>();
  const told = Promise.withResolvers<boolean>();
  await using connection = await awaitingAnswer(() => {
    asked.resolve();
    return told.promise;
  });
  await asked.promise;
  connection.speak();
  await once(connection.stream, 'data');
  told.resolve(false);
  await told.promise;
  await delay(0);
  expect(connection.stream.destroyed).toBe(false);
});
