/**
 * The pieces of `body`, until `signal` aborts: then its reason is thrown at once, even while `body` stalls. Whatever
 * ends it early, `body` is told to clean up; it is waited for only where it can answer, which a stalled one cannot.
 */
export async function* untilAborted(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const iterator = body[Symbol.asyncIterator]();
  // One listener for the whole body: a race per piece against one long-lived promise would hold every piece's memory.
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
