import * as v from 'valibot';
import type { Observer } from '../engine/ground/progress.ts';

/** How far a call has come. */
export interface Progress {
  /** The current step, such as `lock`, `schema`, `copy`, `seal`, `rows`, `compare` or `verify`. */
  readonly phase: string;
  /** Tables that are done; objects, if the phase is `verify`. */
  readonly done: number;
  /** The number of them in all. */
  readonly total: number;
  /** Bytes of rows until now, before compression; bytes as they are stored, if the phase is `verify`. */
  readonly bytes: number;
  /** An estimate of `bytes` at the end. Undefined before there is one. */
  readonly expectedBytes: number | undefined;
}

/** What every call takes. */
export interface RunOptions {
  /**
   * Where the backups are: `s3://bucket/prefix`, or `file:///absolute/path`. Credentials and region of S3 are those
   * of AWS's SDK: its variables, files and roles. `AWS_ENDPOINT_URL_S3` names another provider.
   */
  readonly vault: string;
  /** Ends the call early. It then rejects with the signal's reason, and leaves nothing open. */
  readonly signal?: AbortSignal | undefined;
  /** Called often: it must be quick and must not throw. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with a sentence that is worth reading although nothing failed, such as a wait for a lock. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

const callback = v.custom<(value: never) => void>(
  (value) => typeof value === 'function',
  'it is no function',
);

export const strings = v.array(v.string());

export const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(1));

export const RUN_OPTIONS = {
  vault: v.pipe(v.string(), v.nonEmpty('it is empty')),
  signal: v.optional(v.instance(AbortSignal)),
  onProgress: v.optional(callback),
  onNotice: v.optional(callback),
};

/** The observer that the engine calls. */
export function observerOf({ onProgress, onNotice }: RunOptions): Observer {
  return {
    ...(onProgress && {
      onProgress: ({ phase, tablesDone, tablesTotal, rawBytes, expectedBytes }) =>
        onProgress({ phase, done: tablesDone, total: tablesTotal, bytes: rawBytes, expectedBytes }),
    }),
    ...(onNotice && {
      onNotice,
      onRetry: (failure, waitMs) =>
        onNotice(`${failure.what} Trying again in ${Math.ceil(waitMs / 1000)} s.`),
    }),
  };
}
