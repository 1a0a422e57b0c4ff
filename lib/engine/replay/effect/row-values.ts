import { type Tuple, UNCHANGED, type Value } from '../../pgoutput/messages.ts';
import { replayMismatch } from '../mismatch.ts';
import type { ReplayedTable } from '../replayed-table.ts';

/** No value of PostgreSQL's holds a zero byte, so this tells columns apart, and NULL from text. */
const BETWEEN = '\0';
const NULL = '\0n';

/** A row by some of its values, so that equal text means the same row. Undefined if one of them is not known. */
export function textOf(values: Tuple, positions: readonly number[]): string | undefined {
  let text = '';
  for (const position of positions) {
    const value = values[position];
    if (value === UNCHANGED || value === undefined) return undefined;
    text += value === null ? NULL : `${BETWEEN}${value}`;
  }
  return text;
}

/** The row with the values that it did not bring, from one that has them. */
export function filledFrom(values: Tuple, known: Tuple | undefined): Tuple {
  if (known === undefined || !isPartial(values)) return values;
  return values.map((value, position) => (value === UNCHANGED ? (known[position] as Value) : value));
}

/** Whether the row lacks large values that did not change. */
export function isPartial(values: Tuple): boolean {
  return values.includes(UNCHANGED);
}

export function sizeOf(values: Tuple): number {
  let bytes = 0;
  for (const value of values) if (typeof value === 'string') bytes += value.length;
  return bytes;
}

/** Throws unless a row has as many columns as its table. */
export function checkColumns(values: Tuple, { relation, name }: ReplayedTable): void {
  if (values.length === relation.columns.length) return;
  throw replayMismatch(name, `hold a row of ${values.length} columns for ${relation.columns.length}`);
}
