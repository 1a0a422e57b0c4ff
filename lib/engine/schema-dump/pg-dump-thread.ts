import type { MessagePort } from 'node:worker_threads';

/** The input of the worker thread that runs pg_dump. */
export interface PgDumpThreadInput {
  /** Carries requests to the server, one at a time, and the answers back. */
  readonly port: MessagePort;
  /** The memory of an AnswerBell, which rings once an answer has been posted to the port. */
  readonly bell: SharedArrayBuffer;
}

/** The one message that makes the thread run pg_dump. */
export interface PgDumpOrder {
  readonly args: readonly string[];
  /** The values that the server reports in ParameterStatus messages. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Whether the arguments leave out the section `data`. @default false */
  readonly writesNoData?: boolean;
}

/** The message that the thread posts when it is done. */
export interface PgDumpThreadOutcome {
  /** The dump as pg_dump wrote it. Empty if pg_dump failed. */
  readonly file: Uint8Array;
  readonly stderr: Uint8Array;
  /** Why there is no dump, in the library's words. */
  readonly failure?: string;
  /** Whether the library changed the file in ways that are not known. */
  readonly libraryChanged?: boolean;
}
