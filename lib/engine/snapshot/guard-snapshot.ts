import { LifeboatError } from '../ground/errors.ts';
import type { Coordinator } from './coordinator.ts';

export interface SnapshotGuard {
  /** Aborts when the caller, the coordinator or the time limit aborts. Its reason is the error to report. */
  readonly signal: AbortSignal;
  /** Stops everything that runs under the signal. The first failure becomes the reason. */
  fail(reason: unknown): void;
  /** Waits for both promises. If one fails, the other is stopped, and the first failure is reported. */
  bothOrNeither<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]>;
  release(): void;
}

/** Creates the signal under which everything that reads the snapshot runs. */
export function guardSnapshot(
  coordinator: Coordinator,
  longestSnapshotMs: number,
  stopped: AbortSignal,
): SnapshotGuard {
  const guard = new AbortController();
  const timer = setTimeout(() => guard.abort(snapshotTooOld(longestSnapshotMs)), longestSnapshotMs);
  timer.unref();
  // AbortSignal.any does not work here: a later signal's reason replaces the first one (seen with Node 24).
  const follow = (signal: AbortSignal) => {
    const onAbort = () => guard.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  };
  const unfollow = [coordinator.lost, stopped].map(follow);
  return {
    signal: guard.signal,
    fail: (reason) => guard.abort(reason),
    async bothOrNeither(a, b) {
      const stopOther = (reason: unknown) => guard.abort(reason);
      a.catch(stopOther);
      b.catch(stopOther);
      await Promise.allSettled([a, b]);
      return await Promise.all([a, b]);
    },
    release() {
      clearTimeout(timer);
      for (const stop of unfollow) stop();
    },
  };
}

function snapshotTooOld(longestSnapshotMs: number): LifeboatError {
  return new LifeboatError({
    code: 'source-snapshot-too-old',
    kind: 'source',
    what: `The backup did not end within ${Math.round(longestSnapshotMs / 60_000)} minutes.`,
    meaning: 'An older snapshot would keep vacuum from removing dead rows, so the backup was abandoned.',
    remedy:
      'Allow a longer snapshot, more jobs or more megabytes a second, or run it where the network to the source is faster.',
  });
}
