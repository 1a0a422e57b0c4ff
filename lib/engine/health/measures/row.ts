/** A row as the driver reads it: bigint and numeric are text, JSON is parsed. */
export type Row = Readonly<Record<string, unknown>>;
