import {
  type DeleteMessage,
  type InsertMessage,
  type OldTuple,
  type Tuple,
  UNCHANGED,
  type UpdateMessage,
} from '../../pgoutput/messages.ts';
import { replayMismatch } from '../mismatch.ts';
import type { ReplayedTable } from '../replayed-table.ts';
import { checkColumns, filledFrom, isPartial, sizeOf, textOf } from './row-values.ts';
import { ROW_OVERHEAD_BYTES, type TableChanges } from './table-changes.ts';

/** What became of one key. */
export interface KeyedRow {
  /** Whether the target has a row of this key before the batch: it is deleted. */
  readonly existed: boolean;
  /** The key's values, which are also a row's when it has one. */
  readonly key: Tuple;
  /** The row of this key after the batch; null: there is none. */
  readonly row: Tuple | null;
  /** If the row is partial: the key under which the target has the missing values before the batch. */
  readonly lookup?: Tuple | undefined;
}

/** The net effect on a table whose rows have a key: the last row of each key, and which keys the target has. */
export class KeyedChanges implements TableChanges {
  readonly table: ReplayedTable;
  readonly #rows = new Map<string, KeyedRow>();
  readonly #ownPositions: readonly number[];
  heldBytes = 0;
  isTruncated = false;

  constructor(table: ReplayedTable) {
    this.table = table;
    this.#ownPositions = table.key.map((_, index) => index);
  }

  get heldRows(): number {
    return this.#rows.size;
  }

  rows(): Iterable<KeyedRow> {
    return this.#rows.values();
  }

  insert({ values }: InsertMessage): void {
    checkColumns(values, this.table);
    if (isPartial(values)) throw this.#mismatch('insert a row without all of its values');
    this.#put(this.#keyOf(values), values, undefined);
  }

  update({ old, values }: UpdateMessage): void {
    checkColumns(values, this.table);
    const filled = filledFrom(values, old && this.#knownOf(old));
    const key = this.#keyOf(filled);
    const oldKey = old ? this.#keyOf(old.values) : key;
    const before = this.#take(oldKey, 'update');
    const row = filledFrom(filled, before.row ?? undefined);
    this.#put(key, row, isPartial(row) ? (before.lookup ?? oldKey) : undefined);
  }

  delete({ old }: DeleteMessage): void {
    this.#take(this.#keyOf(old.values), 'delete');
  }

  truncate(): void {
    this.#rows.clear();
    this.isTruncated = true;
  }

  /** Takes the row of a key away, and returns it as far as the batch knows it. */
  #take(key: Tuple, doing: string): { row?: Tuple | null; lookup?: Tuple | undefined } {
    const text = this.#textOfKey(key);
    const there = this.#rows.get(text);
    if (there === undefined) {
      if (this.isTruncated) throw this.#mismatch(`${doing} a row after all were removed`);
      this.#set(text, { existed: true, key, row: null });
      return {};
    }
    if (there.row === null) throw this.#mismatch(`${doing} a row that they have removed`);
    if (there.existed) this.#set(text, { existed: true, key: there.key, row: null });
    else this.#rows.delete(text);
    return there;
  }

  #put(key: Tuple, row: Tuple, lookup: Tuple | undefined): void {
    const text = this.#textOfKey(key);
    const there = this.#rows.get(text);
    if (there && there.row !== null) throw this.#mismatch('add a row whose key is taken');
    this.#set(text, { existed: there?.existed ?? false, key: there?.key ?? key, row, lookup });
  }

  #set(text: string, row: KeyedRow): void {
    this.#rows.set(text, row);
    this.heldBytes += ROW_OVERHEAD_BYTES + 2 * text.length + (row.row ? sizeOf(row.row) : 0);
  }

  /** The old values that say something: of `K` tuples, all but the key is null. */
  #knownOf({ has, values }: OldTuple): Tuple {
    if (has === 'all') return values;
    const known = new Set(this.table.key);
    return values.map((value, position) => (known.has(position) ? value : UNCHANGED));
  }

  #keyOf(values: Tuple): Tuple {
    checkColumns(values, this.table);
    return this.table.key.map((position) => values[position] ?? null);
  }

  #textOfKey(key: Tuple): string {
    const text = textOf(key, this.#ownPositions);
    if (text === undefined) throw this.#mismatch('do not tell the key of a row');
    return text;
  }

  #mismatch(problem: string) {
    return replayMismatch(this.table.name, problem);
  }
}
