import { createHash } from 'node:crypto';
import type { TableData } from '../archive/manifest.ts';
import { encodeField, fieldAt, fieldBorders } from '../copy-text/copy-fields.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { qualified } from '../fingerprint/identity.ts';
import type { Equality } from './equality.ts';

const LINE_FEED = 0x0a;
const WHOLE = /^-?(?:0|[1-9]\d{0,17})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Values that are equal only if PostgreSQL prints them alike. */
const FITS: ReadonlyArray<readonly [type: RegExp, fits: (one: Equality) => boolean]> = [
  [/^(?:text|character varying(?:\(\d+\))?)$/, ({ isString }) => isString],
  [/^(?:smallint|integer|bigint)$/, ({ value }) => WHOLE.test(value)],
  [/^uuid$/, ({ value, isString }) => isString && UUID.test(value)],
];

/** What a row must have, as COPY text: at which place of a line, and which bytes. */
export interface RowFilter {
  readonly fields: number;
  readonly wanted: ReadonlyArray<{ readonly place: number; readonly bytes: Buffer }>;
}

/**
 * How to find the rows of a table for which the equalities are true, without a server. Undefined if only a server can tell:
 * a type that prints equal values in several ways, a collation of its own, an encoding that writes the value otherwise.
 */
export function rowFilterOf(
  equalities: readonly Equality[],
  table: TableData,
  { entries }: Pick<Fingerprint, 'entries'>,
  encoding: string,
): RowFilter | undefined {
  const wanted = equalities.map((one) => {
    const name = qualified(table.schema, table.name, one.column);
    const facts = entries.find((entry) => entry.kind === 'column' && entry.name === name)?.facts;
    const place = table.columns.indexOf(one.column);
    const fits = FITS.some(([type, rule]) => type.test(String(facts?.type)) && rule(one));
    const isPlain = encoding === 'UTF8' || /^[\x20-\x7e]*$/.test(one.value);
    if (place === -1 || !fits || facts?.collation !== undefined || !isPlain) return undefined;
    return { place, bytes: Buffer.from(encodeField(one.value)) };
  });
  const known = wanted.filter((one) => one !== undefined);
  return known.length === equalities.length ? { fields: table.columns.length, wanted: known } : undefined;
}

export interface FilteredRows {
  readonly rows: number;
  /** The same for equal rows in any order. */
  readonly digest: string;
}

/**
 * Counts the rows of COPY text that have what is wanted. The bytes are searched before any row is cut out, so that a table
 * in which the value is not is read as fast as it decompresses.
 */
export async function filterRows(
  pieces: AsyncIterable<Uint8Array>,
  { fields, wanted }: RowFilter,
): Promise<FilteredRows> {
  // The longest value is the rarest.
  const needle = wanted.reduce<Buffer>(
    (longest, { bytes }) => (bytes.length > longest.length ? bytes : longest),
    Buffer.alloc(0),
  );
  const hashes: string[] = [];
  const look = (line: Buffer) => {
    const borders = fieldBorders(line, fields);
    if (!wanted.every(({ place, bytes }) => fieldAt(line, borders, place).equals(bytes))) return;
    hashes.push(createHash('sha256').update(line).digest('hex'));
  };
  let open: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([open, piece]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    for (let from = 0; from < end; ) {
      const hit = needle.length === 0 ? from : bytes.indexOf(needle, from);
      if (hit === -1 || hit >= end) break;
      const start = hit === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, hit - 1) + 1;
      const stop = bytes.indexOf(LINE_FEED, hit);
      look(bytes.subarray(start, stop));
      from = stop + 1;
    }
    open = Buffer.from(bytes.subarray(end));
  }
  return {
    rows: hashes.length,
    digest: createHash('sha256').update(hashes.sort().join('\n')).digest('hex'),
  };
}
