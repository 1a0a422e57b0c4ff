/**
 * Yields the pieces of `body` until `signal` aborts. Then it throws the signal's reason at once, even while
 * `body` stalls. If it ends early, it tells `body` to clean up, and waits for that only if `body` does not
 * stall.
 */
export async function* untilAborted(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const iterator = body[Symbol.asyncIterator]();
  // One listener serves the whole body. A race of each piece against one long-lived promise would hold every
  // piece's memory.
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = () => interrupt?.(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let state: 'waiting' | 'idle' | 'ended' = 'idle';
  try {
    for (;;) {
      state = 'waiting';
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, (error: unknown) => {
          state = 'ended';
          reject(error);
        });
      });
      state = next.done ? 'ended' : 'idle';
      signal?.throwIfAborted();
      if (next.done) return;
      yield next.value;
      signal?.throwIfAborted();
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    const cleanUp = state === 'ended' ? undefined : iterator.return?.().catch(() => undefined);
    if (state === 'idle') await cleanUp;
  }
}
