import type { ContentDigest } from '../digest/row-digest.ts';

export interface StatementResult {
  /** The command tag the server answered with: `CREATE TABLE`, `SELECT 3`. */
  readonly tag: string;
  readonly rows: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

/** The rows of one table, as COPY names them. */
export interface CopyDestination {
  readonly schema: string;
  readonly table: string;
  /** Empty for a table without columns. */
  readonly columns: readonly string[];
}

/**
 * Where a restore goes. Statements run one at a time, in the order they were given, in one session that has the
 * settings of source/session.ts and `search_path` empty.
 */
export interface Target {
  readonly kind: 'embedded' | 'server';
  /** `server_version_num / 10000`. */
  readonly serverMajor: number;

  /** Runs exactly one statement. Throws {@link TargetStatementError} when the server refuses it. */
  execute(sql: string, options?: { deadlineMs?: number }): Promise<StatementResult>;

  /** Loads COPY text in UTF-8, cut anywhere. Resolves to the number of rows the server says it took. */
  copyIn(destination: CopyDestination, body: AsyncIterable<Uint8Array>): Promise<number>;

  /** Digests what `COPY (query) TO STDOUT` sends. `query` is one SELECT. */
  copyOut(query: string): Promise<ContentDigest>;

  close(): Promise<void>;
}

/** The server's own answer to one statement. Holds no SQL text, for that may contain a secret. */
export class TargetStatementError extends Error {
  /** SQLSTATE. */
  readonly sqlState: string;
  constructor(message: string, sqlState: string) {
    super(message);
    this.name = 'TargetStatementError';
    this.sqlState = sqlState;
  }
}
