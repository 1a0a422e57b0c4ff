import { LifeboatError } from '../errors.ts';
import type { Coordinator } from './coordinator.ts';

export interface SnapshotGuard {
  /** Aborts when the person, the coordinator or the clock says so; its reason is the error to report. */
  readonly signal: AbortSignal;
  /** Stops everything that runs under the signal, with the first failure as its reason. */
  fail(reason: unknown): void;
  release(): void;
}

/** The one signal under which everything that reads the snapshot runs. */
export function guardSnapshot(
  coordinator: Coordinator,
  longestSnapshotMs: number,
  stopped: AbortSignal,
): SnapshotGuard {
  const failure = new AbortController();
  const timer = setTimeout(() => failure.abort(snapshotTooOld(longestSnapshotMs)), longestSnapshotMs);
  timer.unref();
  return {
    signal: AbortSignal.any([failure.signal, coordinator.lost, stopped]),
    fail: (reason) => failure.abort(reason),
    release: () => clearTimeout(timer),
  };
}

function snapshotTooOld(longestSnapshotMs: number): LifeboatError {
  return new LifeboatError({
    code: 'source-snapshot-too-old',
    kind: 'source',
    what: `The backup did not end within ${Math.round(longestSnapshotMs / 60_000)} minutes.`,
    meaning: 'An older snapshot would keep vacuum from removing dead rows, so the backup was abandoned.',
    remedy: 'Allow a longer snapshot, more jobs, or run it where the network to the source is faster.',
  });
}
