import type { ContentDigest } from '../../copy-text/row-digest.ts';
import type { ResultRow } from '../target.ts';
import type { ServerError } from './answer-reader.ts';

/** The input of the worker thread. The data directory is already initialized. */
export interface WorkerTask {
  readonly dataDirectory: string;
  readonly extensions: readonly string[];
  readonly initialMemoryBytes?: number;
}

export type WorkerRequest =
  | { readonly kind: 'execute'; readonly sql: string }
  /** `sql` is a COPY FROM {@link COPY_IN_DEVICE}, and `blob` holds whole rows. */
  | { readonly kind: 'copy-in'; readonly sql: string; readonly blob: Uint8Array<ArrayBuffer> }
  /** `sql` is a COPY TO STDOUT. */
  | { readonly kind: 'copy-out'; readonly sql: string }
  /** Complete messages of a PostgreSQL client. `window` is the memory of an AnswerWindow. */
  | { readonly kind: 'converse'; readonly messages: Uint8Array; readonly window: SharedArrayBuffer }
  /** See EmbeddedServer.actAs(). */
  | { readonly kind: 'act-as'; readonly role: number; readonly confined: boolean };

export type WorkerReply =
  | { readonly kind: 'booted' }
  /** A long statement is still making progress. */
  | { readonly kind: 'progress' }
  /** A piece of the server's answer to a client, cut anywhere. */
  | { readonly kind: 'said'; readonly piece: Uint8Array }
  | { readonly kind: 'executed'; readonly tag: string; readonly rows: readonly ResultRow[] }
  | { readonly kind: 'copied-in'; readonly sent: number; readonly taken: number }
  | { readonly kind: 'copied-out'; readonly content: ContentDigest }
  | { readonly kind: 'conversed' }
  | { readonly kind: 'acting' }
  | { readonly kind: 'refused'; readonly error: ServerError }
  /** The instance cannot be trusted any more. `why` is a clause for people. */
  | { readonly kind: 'dead'; readonly why: string };

/** The file that the embedded server reads blobs from. */
export const COPY_IN_DEVICE = '/dev/lifeboat';
