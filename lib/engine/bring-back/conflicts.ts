import type { Conflict, Key } from './bring-back-report.ts';
import type { RowKind } from './classify.ts';
import type { RowsTable } from './rows-table.ts';
import { MOST_REFUSED } from './write-in-halves.ts';

/** The conflicts to list by key. */
const MOST_LISTED = 100;

/** The rows that cannot be written, by table, each with its first reason. */
export class Conflicts {
  readonly #rows = new Map<RowsTable, Map<number, string>>();

  add(table: RowsTable, { row, reason }: { readonly row: number; readonly reason: string }): void {
    const rows = this.#rows.get(table) ?? new Map<number, string>();
    if (!rows.has(row)) rows.set(row, reason);
    this.#rows.set(table, rows);
  }

  addRows(
    table: RowsTable,
    found: ReadonlyArray<Readonly<Record<string, string | null>>>,
    reason: string,
  ): void {
    for (const { row } of found) this.add(table, { row: Number(row), reason });
  }

  rowsOf(table: RowsTable): number[] {
    return [...(this.#rows.get(table)?.keys() ?? [])];
  }

  get size(): number {
    return [...this.#rows.values()].reduce((sum, rows) => sum + rows.size, 0);
  }

  /** Whether the search ended early, so that there may be more. */
  get isFull(): boolean {
    return [...this.#rows.values()].some((rows) => rows.size >= MOST_REFUSED) || this.size > MOST_LISTED;
  }

  async described(
    keysOf: (
      table: RowsTable,
      rows: readonly number[],
    ) => Promise<ReadonlyMap<number, { key: Key; kind: RowKind }>>,
  ): Promise<Conflict[]> {
    const described: Conflict[] = [];
    for (const [table, rows] of this.#rows) {
      const listed = [...rows].slice(0, Math.max(0, MOST_LISTED - described.length));
      const keys = await keysOf(
        table,
        listed.map(([row]) => row),
      );
      for (const [row, reason] of listed) {
        const found = keys.get(row);
        if (found) described.push({ table: table.name, ...found, reason });
      }
    }
    return described;
  }
}
