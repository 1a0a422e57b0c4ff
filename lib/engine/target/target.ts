import type { ContentDigest } from '../copy-text/row-digest.ts';

/** A row by column name. Each value is the text that PostgreSQL prints under the session's settings. */
export type ResultRow = Readonly<Record<string, string | null>>;

export interface StatementResult {
  /** The command tag of the server's answer: `CREATE TABLE`, `SELECT 3`. Never empty. */
  readonly tag: string;
  readonly rows: readonly ResultRow[];
}

/** The table and columns that COPY loads rows into. */
export interface CopyDestination {
  readonly schema: string;
  readonly table: string;
  /** Empty for a table without columns. */
  readonly columns: readonly string[];
}

export interface StatementOptions {
  /** How long the server may work without a sign of progress before the target fails. */
  readonly deadlineMs?: number;
  /** For copyOut: called now and then with the bytes that have come until now. A target may never call it. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * The target of a restore. Statements run one at a time, in the given order, in one session with the settings
 * of connection/session-settings.ts and an empty `search_path`.
 */
export interface Target {
  readonly kind: 'embedded' | 'server';
  /** `server_version_num / 10000`. */
  readonly serverMajor: number;

  /** Runs exactly one statement. Throws {@link TargetStatementError} when the server refuses it. */
  execute(sql: string, options?: StatementOptions): Promise<StatementResult>;

  /**
   * Loads all of a COPY text in UTF-8, or nothing. The pieces may be cut anywhere. It uses its own
   * transaction, so it cannot run inside another one. Resolves to the number of rows that the server reports,
   * which is the number sent.
   */
  copyIn(
    destination: CopyDestination,
    body: AsyncIterable<Uint8Array>,
    options?: StatementOptions,
  ): Promise<number>;

  /** Digests what `COPY (query) TO STDOUT` sends, holding one row at most. `query` is one SELECT. */
  copyOut(query: string, options?: StatementOptions): Promise<ContentDigest>;

  /**
   * Restarts the server after an error that ended it, with everything that was committed and the session's
   * settings. Returns a clause that says why the server died. Returns undefined if it cannot be restarted, or
   * was restarted too often: then the error stands.
   */
  revive?(error: unknown): Promise<string | undefined>;

  close(): Promise<void>;
}

/** Details of an error besides its message. Each is set only if the server reports it. */
export interface RefusedObject {
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly dataType?: string;
  readonly constraint?: string;
}

/**
 * The server's refusal of one statement. Holds no SQL text and no detail: they may contain a secret or a row.
 */
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
