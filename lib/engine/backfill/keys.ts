import { columnSql, type TableToFill } from './table-to-fill.ts';

/** The values of a key as text, as the server prints them. */
export type Key = readonly string[];

/** Rows with a key above `after` and up to `upTo`; undefined: without an end. */
export interface KeyRange {
  readonly after: Key | undefined;
  readonly upTo: Key | undefined;
}

/** The columns of the key, as SQL: `"t"."a", "t"."b"`. */
export function keySql(table: TableToFill): string {
  return table.key.map(({ name }) => columnSql(table, name)).join(', ');
}

/** The same as one array of texts. */
export function keyTextSql(table: TableToFill): string {
  return `ARRAY[${table.key.map(({ name }) => `${columnSql(table, name)}::pg_catalog.text`).join(', ')}]`;
}

/** A key that is held in an array of texts, as values of the key's types: to compare and to sort by. */
export function keyFromSql(table: TableToFill, array: string): string {
  return table.key.map(({ type, collate }, at) => `(${array}[${at + 1}])::${type}${collate}`).join(', ');
}

/** A condition for a range. `$n` are the parameters that hold the limits, as arrays of text. */
export function rangeSql(table: TableToFill, { after, upTo }: KeyRange, parameters: unknown[]): string {
  const conditions: string[] = [];
  for (const [limit, sign] of [
    [after, '>'],
    [upTo, '<='],
  ] as const) {
    if (limit === undefined) continue;
    parameters.push([...limit]);
    const given = keyFromSql(table, `($${parameters.length}::pg_catalog.text[])`);
    conditions.push(`(${keySql(table)}) ${sign} (${given})`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** What a run has not done yet: the gaps between ranges that are done. `done` is sorted by the server. */
export function gapsBetween(done: readonly KeyRange[]): KeyRange[] {
  const gaps: KeyRange[] = [];
  let after: Key | undefined;
  for (const range of done) {
    if (!isSameKey(range.after, after)) gaps.push({ after, upTo: range.after });
    after = range.upTo;
  }
  return [...gaps, { after, upTo: undefined }];
}

function isSameKey(one: Key | undefined, other: Key | undefined): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
