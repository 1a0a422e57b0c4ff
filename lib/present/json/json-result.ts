import type { ResultColumn } from '../../engine/browse/query/query.ts';
import { type PrintedResult, TextPieces } from '../printed-result.ts';

/** OIDs of types (pg_type.dat). */
const BOOLEAN = 16;
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700]);
const JSON_TYPES = new Set([114, 3802]);
/** The numbers that JSON knows: neither NaN nor infinities. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Writes an array of objects, one per line. Numbers keep all their digits, as in PostgreSQL's to_json; NaN
 * and infinities become strings. A second column of the same name is called `name_2`.
 */
export class JsonResult implements PrintedResult {
  readonly #text: TextPieces;
  #columns: ReadonlyArray<{ readonly key: string; readonly write: (value: string) => string }> = [];
  #rows = 0;

  constructor(print: (text: string) => void) {
    this.#text = new TextPieces(print);
  }

  columns(columns: readonly ResultColumn[]): void {
    const seen = new Map<string, number>();
    this.#columns = columns.map(({ name, type }) => {
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      return { key: JSON.stringify(count === 1 ? name : `${name}_${count}`), write: writerOf(type) };
    });
  }

  row(values: ReadonlyArray<string | null>): void {
    const fields = this.#columns.map(({ key, write }, index) => {
      const value = values[index] ?? null;
      return `${key}:${value === null ? 'null' : write(value)}`;
    });
    this.#text.add(`${this.#rows === 0 ? '[\n' : ',\n'}{${fields.join(',')}}`);
    this.#rows += 1;
  }

  end(): void {
    this.#text.add(this.#rows === 0 ? '[]\n' : '\n]\n');
    this.#text.flush();
  }
}

function writerOf(type: number): (value: string) => string {
  if (type === BOOLEAN) return (value) => (value === 't' ? 'true' : 'false');
  if (JSON_TYPES.has(type)) return (value) => value.replaceAll(/[\r\n]+\s*/g, ' ');
  if (NUMBERS.has(type)) return (value) => (NUMBER.test(value) ? value : JSON.stringify(value));
  return (value) => JSON.stringify(value);
}
