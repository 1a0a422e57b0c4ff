import type { LifeboatError } from './errors.ts';

/** How far a backup or a drill has come, as a progress bar shows it. */
export interface Progress {
  /**
   * The current step: `lock`, `schema`, `copy`, `seal`; `roles`, `pre-data`, `rows`, `post-data`, `compare`.
   */
  readonly phase: string;
  readonly tablesDone: number;
  readonly tablesTotal: number;
  /** What is counted, when the step does not count tables: `keys and indexes`. */
  readonly items?: string;
  /** COPY text until now, in bytes before compression. */
  readonly rawBytes: number;
  /** Estimate of `rawBytes` at the end; absent before there is one. */
  readonly expectedBytes?: number;
  /** Says what is left of the whole run. Absent if nobody knows. Takes a while, so ask it as often as you show it. */
  readonly ahead?: () => TimeAhead | undefined;
}

export interface TimeAhead {
  readonly remainingMs: number;
  /** The share of the whole time that has passed, from 0 to 1. */
  readonly share: number;
}

/** Follows a run. Its functions are called often: they must be quick and must not throw. */
export interface Observer {
  readonly onProgress?: (progress: Progress) => void;
  /** Something worth reading although nothing failed: a wait for a lock, a second try. */
  readonly onNotice?: (notice: string) => void;
  readonly onRetry?: (failure: LifeboatError, waitMs: number) => void;
}
