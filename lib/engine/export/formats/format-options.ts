import { EXPORT_FORMATS, type ExportFormat } from '../../../contract/exports.ts';

export { EXPORT_FORMATS, type ExportFormat };

export const EXPORT_COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type ExportCompression = (typeof EXPORT_COMPRESSIONS)[number];

export interface CsvOptions {
  /** What stands for NULL. An empty text is always two quotes. @default nothing */
  readonly nullText?: string | undefined;
  /** Begin with a byte order mark, by which Excel knows UTF-8. @default false */
  readonly bom?: boolean | undefined;
  /** @default , */
  readonly delimiter?: string | undefined;
  /** Write an apostrophe before texts that a spreadsheet would take for a formula. @default false */
  readonly escapeFormulas?: boolean | undefined;
}

export interface NdjsonOptions {
  /** How bigint and numeric are written: JSON has no limit for numbers, but many readers do. @default string */
  readonly bigNumbers?: 'string' | 'number' | undefined;
  /** @default base64 */
  readonly bytea?: 'base64' | 'hex' | undefined;
}

export interface FormatOptions extends CsvOptions, NdjsonOptions {
  readonly format: ExportFormat;
  /** @default none; Parquet compresses its own pages, by default with zstd */
  readonly compression?: ExportCompression | undefined;
}

/** What a format could not write as it was. */
export interface FormatNotes {
  /** Texts that a spreadsheet would take for a formula. */
  formulas: number;
  /** NULLs of a table with one column, each of which is an empty line of CSV. */
  emptyLines: number;
  /** Values that a type of Parquet does not have, and that are NULL in it: infinity, NaN of a numeric. */
  unrepresentable: number;
}
