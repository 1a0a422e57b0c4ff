import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { simpleQuery } from '../../../lib/engine/target/embedded/answer-reader.ts';
import {
  type EmbeddedTarget,
  openEmbeddedTarget,
} from '../../../lib/engine/target/embedded/open-embedded-target.ts';

let target: EmbeddedTarget;
beforeAll(async () => {
  target = await openEmbeddedTarget();
});
afterAll(() => target?.close());

async function answerTo(messages: Uint8Array): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await target.converse(messages, (piece, window) => {
    pieces.push(piece);
    window.release(piece.length);
  });
  return Buffer.concat(pieces);
}

it("hands a client's messages to the server and its answer back, errors included", async () => {
  const answer = await answerTo(Buffer.concat([simpleQuery('SELECT 41 + 1'), simpleQuery('SELECT 1/0')]));
  const text = answer.toString('latin1');
  expect(text).toContain('42');
  expect(text).toContain('SELECT 1\0');
  expect(text).toContain('division by zero');
  expect(text.endsWith('Z\0\0\0\x05I')).toBe(true);
});

it('makes the server wait for a client that reads slowly', async () => {
  const rows = 3_000_000;
  let arrived = 0;
  let largest = 0;
  let untaken = 0;
  await target.converse(simpleQuery(`SELECT g FROM generate_series(1, ${rows}) g`), (piece, window) => {
    arrived += piece.length;
    untaken += piece.length;
    largest = Math.max(largest, untaken);
    // Taken a while later, as by a socket.
    delay(2).then(() => {
      untaken -= piece.length;
      window.release(piece.length);
    });
  });
  expect(arrived).toBeGreaterThan(rows * 12);
  expect(largest).toBeLessThan(5 * 1024 * 1024);
});

it('ends a statement that never would, and has everything up to the last checkpoint', async () => {
  await target.execute('CREATE TABLE public.kept AS SELECT g FROM generate_series(1, 1000) g');
  await target.execute('CHECKPOINT');
  const endless = answerTo(
    simpleQuery(
      'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c',
    ),
  );
  const ended = expect(endless).rejects.toThrow('closed');
  await target.restart();
  await ended;
  const { rows } = await target.execute('SELECT count(*) FROM public.kept');
  expect(rows).toEqual([{ count: '1000' }]);
  await target.canary();
});
