import type { MessagePort } from 'node:worker_threads';

/** What the worker thread that runs pg_dump is given when it starts. */
export interface PgDumpThreadInput {
  /** Requests to the server go out here, one at a time, and answers come back. */
  readonly port: MessagePort;
  /** The memory of an AnswerBell, which is rung once an answer has been posted to the port. */
  readonly bell: SharedArrayBuffer;
}

/** What it is sent once: then it runs pg_dump. */
export interface PgDumpOrder {
  readonly args: readonly string[];
  /** What the server reports in ParameterStatus messages. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What it posts when it is done. */
export interface PgDumpThreadOutcome {
  /** The dump as pg_dump wrote it; empty when it failed. */
  readonly file: Uint8Array;
  readonly stderr: Uint8Array;
  /** Why there is no dump: the library's words. */
  readonly failure?: string;
  /** The library returned something else than the file, beyond what it is known to do to it. */
  readonly libraryChanged?: boolean;
}
