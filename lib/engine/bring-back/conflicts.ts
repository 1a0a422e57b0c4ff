import type { Conflict, Key, OtherRow } from './bring-back-report.ts';
import type { RowKind } from './classify.ts';
import type { RowsTable } from './rows-table.ts';
import type { Unread } from './send-typed.ts';
import type { ForeignKey } from './target-table.ts';

/** The conflicts to list by key. */
const MOST_LISTED = 100;

/** What a row conflicts with: it leads to the other row. */
export type Cause =
  | { readonly constraint: string }
  /** Other rows refer to the row by this key. */
  | { readonly referring: ForeignKey }
  /** What the row refers to by this key is not there. */
  | { readonly lost: ForeignKey };

export interface FoundConflict {
  /** The number of the row. */
  readonly row: number;
  /** A clause. */
  readonly reason: string;
  readonly cause?: Cause | undefined;
}

type Reason = Omit<FoundConflict, 'row'>;

/** How the rows of a table with these numbers are called, and the other rows that they conflict with. */
export interface Describing {
  keysOf(
    table: RowsTable,
    rows: readonly number[],
  ): Promise<ReadonlyMap<number, { key: Key; kind: RowKind }>>;
  othersOf(table: RowsTable, cause: Cause, rows: readonly number[]): Promise<ReadonlyMap<number, OtherRow>>;
}

/** The rows that cannot be written, by table, each with its first reason. */
export class Conflicts {
  readonly #rows = new Map<RowsTable, Map<number, Reason>>();
  readonly #unread: ReadonlyMap<number, Unread>;
  #endedEarly = false;

  constructor(unread: ReadonlyMap<number, Unread> = new Map()) {
    this.#unread = unread;
    this.#endedEarly = [...unread.values()].some(({ more }) => more);
  }

  add(table: RowsTable, { row, reason, cause }: FoundConflict): void {
    const rows = this.#rows.get(table) ?? new Map<number, Reason>();
    if (!rows.has(row)) rows.set(row, { reason, cause });
    this.#rows.set(table, rows);
  }

  addRows(
    table: RowsTable,
    found: ReadonlyArray<Readonly<Record<string, string | null>>>,
    reason: Reason,
  ): void {
    for (const { row } of found) this.add(table, { row: Number(row), ...reason });
  }

  /** Notes that the search ended before all rows were looked at. */
  endEarly(): void {
    this.#endedEarly = true;
  }

  /** The numbers of the candidates that are left out. */
  rowsOf(table: RowsTable): number[] {
    return [...(this.#rows.get(table)?.keys() ?? [])];
  }

  unreadOf({ number }: Pick<RowsTable, 'number'>): Unread['rows'] {
    return this.#unread.get(number)?.rows ?? [];
  }

  countIn(table: RowsTable): number {
    return this.rowsOf(table).length + this.unreadOf(table).length;
  }

  get size(): number {
    const unread = [...this.#unread.values()].reduce((sum, { rows }) => sum + rows.length, 0);
    return [...this.#rows.values()].reduce((sum, rows) => sum + rows.size, unread);
  }

  /** Whether all of them were counted: the search ends after many. */
  get areAll(): boolean {
    return !this.#endedEarly;
  }

  /** The first of them, each with the key of its row. */
  async described(tables: readonly RowsTable[], { keysOf, othersOf }: Describing): Promise<Conflict[]> {
    const described: Conflict[] = [];
    for (const table of tables) {
      for (const unread of this.unreadOf(table).slice(0, MOST_LISTED - described.length)) {
        described.push({ table: table.name, ...unread, other: null });
      }
      const rows = [...(this.#rows.get(table) ?? [])].slice(0, MOST_LISTED - described.length);
      const keys = await keysOf(
        table,
        rows.map(([row]) => row),
      );
      const others = await othersOfAll(table, rows, othersOf);
      for (const [row, { reason }] of rows) {
        const found = keys.get(row);
        if (found) described.push({ table: table.name, ...found, reason, other: others.get(row) ?? null });
      }
    }
    return described;
  }
}

/** Asks once for each cause, and not for each row. */
async function othersOfAll(
  table: RowsTable,
  rows: ReadonlyArray<readonly [number, Reason]>,
  othersOf: Describing['othersOf'],
): Promise<Map<number, OtherRow>> {
  const others = new Map<number, OtherRow>();
  const byCause = new Map<string, { cause: Cause; rows: number[] }>();
  for (const [row, { cause }] of rows) {
    if (cause === undefined) continue;
    const name = JSON.stringify(cause);
    const same = byCause.get(name) ?? { cause, rows: [] };
    same.rows.push(row);
    byCause.set(name, same);
  }
  for (const { cause, rows: ofCause } of byCause.values()) {
    for (const [row, other] of await othersOf(table, cause, ofCause)) others.set(row, other);
  }
  return others;
}
