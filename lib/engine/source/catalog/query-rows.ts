/** Runs one query and gives its rows; values are text, or null, wherever the query casts them. */
export type QueryRows = (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>;
