import type { ContentDigest } from '../copy-text/row-digest.ts';

/** A row by column name; each value is the text that PostgreSQL prints for it under the session's settings. */
export type ResultRow = Readonly<Record<string, string | null>>;

export interface StatementResult {
  /** The command tag the server answered with: `CREATE TABLE`, `SELECT 3`. Never empty. */
  readonly tag: string;
  readonly rows: readonly ResultRow[];
}

/** The rows of one table, as COPY names them. */
export interface CopyDestination {
  readonly schema: string;
  readonly table: string;
  /** Empty for a table without columns. */
  readonly columns: readonly string[];
}

export interface StatementOptions {
  /** How long the server may work without a sign of progress before the target is given up. */
  readonly deadlineMs?: number;
}

/**
 * Where a restore goes. Statements run one at a time, in the order they were given, in one session that has the
 * settings of connection/session-settings.ts and `search_path` empty.
 */
export interface Target {
  readonly kind: 'embedded' | 'server';
  /** `server_version_num / 10000`. */
  readonly serverMajor: number;

  /** Runs exactly one statement. Throws {@link TargetStatementError} when the server refuses it. */
  execute(sql: string, options?: StatementOptions): Promise<StatementResult>;

  /**
   * Loads COPY text in UTF-8, cut anywhere, all of it or nothing: in a transaction of its own, so not inside another.
   * Resolves to the number of rows the server says it took, which is the number that was sent.
   */
  copyIn(
    destination: CopyDestination,
    body: AsyncIterable<Uint8Array>,
    options?: StatementOptions,
  ): Promise<number>;

  /** Digests what `COPY (query) TO STDOUT` sends, holding one row at most. `query` is one SELECT. */
  copyOut(query: string, options?: StatementOptions): Promise<ContentDigest>;

  /**
   * After an error that ended the server behind the target: starts it again, with everything that was committed and the
   * session's settings, and says of what it died, in a clause. Undefined where that cannot be, or was done too often: the
   * error stands.
   */
  revive?(error: unknown): Promise<string | undefined>;

  close(): Promise<void>;
}

/** What the server says of an error besides its message; each only where it says it. */
export interface RefusedObject {
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly dataType?: string;
  readonly constraint?: string;
}

/** The server's own answer to one statement. Holds no SQL text and no detail, for they may contain a secret or a row. */
export class TargetStatementError extends Error {
  /** SQLSTATE. */
  readonly sqlState: string;
  readonly refused: RefusedObject;
  constructor(message: string, sqlState: string, refused: RefusedObject = {}) {
    super(message);
    this.name = 'TargetStatementError';
    this.sqlState = sqlState;
    this.refused = refused;
  }
}
