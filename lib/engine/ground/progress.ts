import type { LifeboatError } from './errors.ts';

/** Where a backup or a drill stands; what a progress bar shows. */
export interface Progress {
  /** The arrow of the flow it is at: `lock`, `schema`, `copy`, `seal`; `roles`, `pre-data`, `rows`, `post-data`, `compare`. */
  readonly phase: string;
  readonly tablesDone: number;
  readonly tablesTotal: number;
  /** What is counted, where it is something else than the whole run is about: `keys and indexes`. */
  readonly items?: string;
  /** COPY text so far, in bytes before compression. */
  readonly rawBytes: number;
  /** What it will be in the end, as far as can be told; absent before it can. */
  readonly expectedBytes?: number;
}

/** Whoever wants to know how a run goes. Called often: must be quick, must not throw. */
export interface Observer {
  readonly onProgress?: (progress: Progress) => void;
  /** Something a person may want to read although nothing failed: a wait for a lock, a second try. */
  readonly onNotice?: (notice: string) => void;
  readonly onRetry?: (failure: LifeboatError, waitMs: number) => void;
}
