import { describe, expect, test } from 'vitest';
import { untilAborted } from '../../../../lib/engine/storage/until-aborted.ts';

const reason = new Error('stop');
const piece = Buffer.from('x');

async function collect(body: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0;
  for await (const _ of body) count++;
  return count;
}

describe('untilAborted', () => {
  test('passes everything on, and the end', async () => {
    async function* body() {
      yield piece;
      yield piece;
    }
    expect(await collect(untilAborted(body(), undefined))).toBe(2);
    expect(await collect(untilAborted(body(), new AbortController().signal))).toBe(2);
  });

  test('throws what the body throws, the very same', async () => {
    async function* body() {
      yield piece;
      throw reason;
    }
    await expect(collect(untilAborted(body(), new AbortController().signal))).rejects.toBe(reason);
  });

  test('throws the reason while the body stalls, without waiting for it', async () => {
    const controller = new AbortController();
    const stalled = Promise.withResolvers<void>();
    async function* body() {
      yield piece;
      stalled.resolve();
      await new Promise(() => {});
    }
    const collecting = collect(untilAborted(body(), controller.signal));
    await stalled.promise;
    controller.abort(reason);
    await expect(collecting).rejects.toBe(reason);
  });

  test('waits for the clean-up of a body that can clean up', async () => {
    const controller = new AbortController();
    const log: string[] = [];
    async function* body() {
      try {
        for (;;) yield piece;
      } finally {
        await new Promise(setImmediate);
        log.push('cleaned up');
      }
    }
    const collecting = (async () => {
      for await (const _ of untilAborted(body(), controller.signal)) controller.abort(reason);
    })();
    await expect(collecting).rejects.toBe(reason);
    expect(log).toEqual(['cleaned up']);
  });

  test('tells the body when its reader stops', async () => {
    let told = false;
    async function* body() {
      try {
        for (;;) yield piece;
      } finally {
        told = true;
      }
    }
    for await (const _ of untilAborted(body(), undefined)) break;
    expect(told).toBe(true);
  });

  test('does not start a body after the abort', async () => {
    let started = false;
    const body = {
      async *[Symbol.asyncIterator]() {
        started = true;
        yield piece;
      },
    };
    await expect(collect(untilAborted(body, AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(started).toBe(false);
  });

  test('an abort with the last piece counts: the end was not clean', async () => {
    const controller = new AbortController();
    async function* body() {
      yield piece;
      controller.abort(reason);
    }
    await expect(collect(untilAborted(body(), controller.signal))).rejects.toBe(reason);
  });

  test('an abort between the end and its being heard of counts as well', async () => {
    const controller = new AbortController();
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          // Two turns later the end is under way, and nobody waits for the body any more.
          queueMicrotask(() => queueMicrotask(() => controller.abort(reason)));
          return { done: true as const, value: undefined };
        },
      }),
    };
    await expect(collect(untilAborted(body, controller.signal))).rejects.toBe(reason);
  });
});
