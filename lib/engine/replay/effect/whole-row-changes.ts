import type { DeleteMessage, InsertMessage, Tuple, UpdateMessage } from '../../pgoutput/messages.ts';
import { replayMismatch } from '../mismatch.ts';
import type { ReplayedTable } from '../replayed-table.ts';
import { checkColumns, filledFrom, isPartial, sizeOf, textOf } from './row-values.ts';
import { ROW_OVERHEAD_BYTES, type TableChanges } from './table-changes.ts';

/** Equal rows, and how many more (or fewer) of them there are after the batch. */
export interface CountedRow {
  readonly row: Tuple;
  readonly more: number;
}

/**
 * The net effect on a table without a key (REPLICA IDENTITY FULL). Its rows are a multiset, because equal rows cannot be
 * told apart: which of them is deleted makes no difference.
 */
export class WholeRowChanges implements TableChanges {
  readonly table: ReplayedTable;
  readonly #rows = new Map<string, CountedRow>();
  readonly #positions: readonly number[];
  heldBytes = 0;
  isTruncated = false;

  constructor(table: ReplayedTable) {
    this.table = table;
    this.#positions = table.relation.columns.map((_, position) => position);
  }

  get heldRows(): number {
    return this.#rows.size;
  }

  rows(): Iterable<CountedRow> {
    return this.#rows.values();
  }

  insert({ values }: InsertMessage): void {
    this.#count(values, 1);
  }

  update({ old, values }: UpdateMessage): void {
    if (old?.has !== 'all') throw this.#mismatch('update a row without telling all of it');
    this.#count(old.values, -1);
    this.#count(filledFrom(values, old.values), 1);
  }

  delete({ old }: DeleteMessage): void {
    if (old.has !== 'all') throw this.#mismatch('delete a row without telling all of it');
    this.#count(old.values, -1);
  }

  truncate(): void {
    this.#rows.clear();
    this.isTruncated = true;
  }

  #count(row: Tuple, by: 1 | -1): void {
    checkColumns(row, this.table);
    const text = isPartial(row) ? undefined : textOf(row, this.#positions);
    if (text === undefined) throw this.#mismatch('hold a row without all of its values');
    const more = (this.#rows.get(text)?.more ?? 0) + by;
    if (more < 0 && this.isTruncated) throw this.#mismatch('remove a row after all were removed');
    if (more === 0) this.#rows.delete(text);
    else this.#rows.set(text, { row, more });
    this.heldBytes += ROW_OVERHEAD_BYTES + text.length + sizeOf(row);
  }

  #mismatch(problem: string) {
    return replayMismatch(this.table.name, problem);
  }
}
