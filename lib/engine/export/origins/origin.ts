import type { Row } from '../rows-of-copy-text.ts';
import type { ExportColumn } from '../value-type.ts';

/** A table or the result of a query, as it will be exported. */
export interface ExportItem {
  /** `public.users`, or the name that a person gave a query. */
  readonly name: string;
  readonly kind: 'table' | 'query';
  /** SHA-256 of the query: its text may hold what it looks for. */
  readonly querySha256?: string;
  /** Sentences without full stops about what the export does not have. */
  readonly notes: readonly string[];
  /** How many rows there must be. */
  readonly expectedRows?: number;
  /** The size of its COPY text, for the progress. */
  readonly expectedBytes?: number;
  /** Begins to read. The rows must be read to their end before the next item is opened. */
  open(onBytes: (rawBytes: number) => void): Promise<OpenItem>;
}

export interface OpenItem {
  readonly columns: readonly ExportColumn[];
  readonly rows: AsyncIterable<readonly Row[]>;
}

/** Where the rows of an export come from. */
export interface Origin {
  readonly kind: 'backup' | 'moment' | 'source';
  /** A backup's name, or a database without its password. */
  readonly from: string;
  /** The moment that the rows show. */
  readonly takenAt: string;
  readonly lsn?: string;
  readonly items: readonly ExportItem[];
  /** What was noticed while rows were read: sentences without full stops. */
  readonly notices: readonly string[];
}

/** What is to be exported. */
export interface ExportScope {
  readonly tables?: readonly string[] | undefined;
  readonly schemas?: readonly string[] | undefined;
  readonly queries?: readonly NamedQuery[] | undefined;
}

export interface NamedQuery {
  readonly name: string;
  readonly sql: string;
}
