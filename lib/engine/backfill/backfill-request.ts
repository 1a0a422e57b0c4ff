import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { HttpMethod } from './computing/http-method.ts';

/** How the new values are computed. */
export type Method =
  /** An expression of SQL over the columns of the row, computed by the server. */
  | { readonly kind: 'sql'; readonly expression: string }
  /** A command of the shell that reads a row a line, as JSON, and writes a value a line. */
  | { readonly kind: 'command'; readonly command: string }
  | HttpMethod;

export interface BackfillRequest {
  readonly settings: ConnectionSettings;
  /** `schema.table`, or a name alone if only one schema has it. */
  readonly table: string;
  /** The column that gets the values. */
  readonly column: string;
  /** The columns that a command or an endpoint gets. */
  readonly inputs: readonly string[];
  readonly method: Method;
  /** Which rows: a condition of SQL. @default all */
  readonly where?: string | undefined;
  readonly batchSize: number;
  /** Batches that are computed at the same time. */
  readonly jobs: number;
  readonly rowsPerSecond?: number | undefined;
  readonly requestsPerSecond?: number | undefined;
  /** New tries of a batch after the first. */
  readonly retries: number;
  /** @default 1000 */
  readonly firstWaitMs?: number;
  /** How long a command or an endpoint may take for one batch. */
  readonly answerTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** Whether a NULL is written, or leaves the row as it is. */
  readonly nulls: 'write' | 'keep';
  /** Writes with session_replication_role = replica, so that triggers do not fire. */
  readonly withoutTriggers: boolean;
  /** Continues a run that has not ended. */
  readonly resume: boolean;
  /** Forgets a run that has not ended. */
  readonly startOver: boolean;
  /** The variables that a command gets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onNotice?: (notice: string) => void;
  readonly onProgress?: (counts: Counts, total: number) => void;
}

/** What became of the rows until now. */
export interface Counts {
  /** Rows that have a new value. */
  readonly written: number;
  /** Rows for which no value came, and that were left as they are. */
  readonly kept: number;
  /** Rows that were refused, by the server or by what computes. */
  readonly failed: number;
  /** Rows that somebody deleted or changed, so that they need no value any more. */
  readonly gone: number;
  readonly batches: number;
}

export const NOTHING: Counts = { written: 0, kept: 0, failed: 0, gone: 0, batches: 0 };

export function plus(one: Counts, other: Partial<Counts>): Counts {
  const sum = (key: keyof Counts) => one[key] + (other[key] ?? 0);
  return {
    written: sum('written'),
    kept: sum('kept'),
    failed: sum('failed'),
    gone: sum('gone'),
    batches: sum('batches'),
  };
}
