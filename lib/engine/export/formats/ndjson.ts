import type { Row } from '../rows-of-copy-text.ts';
import { uniqueNames } from '../unique-names.ts';
import type { ExportColumn, ValueType } from '../value-type.ts';
import { type ArrayItem, readArray } from './array-text.ts';
import type { NdjsonOptions } from './format-options.ts';

type Write = (value: string) => string;

/** The numbers that JSON knows: neither NaN nor infinities. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Infinity and years before Christ have no form in ISO 8601 that readers agree on. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(?::?(\d\d))?)?$/;

/** Writes one JSON object a line. A second column of the same name is called `name_2`. */
export async function* ndjson(
  columns: readonly ExportColumn[],
  batches: AsyncIterable<readonly Row[]>,
  options: NdjsonOptions,
): AsyncGenerator<Buffer> {
  const keys = uniqueNames(columns).map((name) => JSON.stringify(name));
  const writers = columns.map(({ value }) => jsonWriter(value, options));
  for await (const rows of batches) {
    let text = '';
    for (const row of rows) {
      text += '{';
      for (let index = 0; index < keys.length; index += 1) {
        const value = row[index] ?? null;
        text += `${index === 0 ? '' : ','}${keys[index]}:${value === null ? 'null' : (writers[index] as Write)(value)}`;
      }
      text += '}\n';
    }
    yield Buffer.from(text);
  }
}

/** How a value of this type becomes JSON. */
export function jsonWriter(type: ValueType, options: NdjsonOptions): Write {
  const { bigNumbers = 'string', bytea = 'base64' } = options;
  if (type.element) return arrayWriter(type.element, options);
  switch (type.kind) {
    case 'boolean':
      return (value) => (value === 't' || value === 'true' ? 'true' : 'false');
    case 'int2':
    case 'int4':
      return (value) => value;
    case 'float4':
    case 'float8':
      return numberIfPossible;
    case 'int8':
    case 'numeric':
      return bigNumbers === 'number' ? numberIfPossible : (value) => `"${value}"`;
    case 'json':
      // A line feed in JSON can only stand between its parts.
      return (value) => value.replaceAll(/[\r\n]+\s*/g, ' ');
    case 'bytea':
      return bytea === 'hex'
        ? (value) => `"${value.slice(2)}"`
        : (value) => `"${Buffer.from(value.slice(2), 'hex').toString('base64')}"`;
    case 'timestamp':
    case 'timestamptz':
      return (value) => JSON.stringify(isoTimestamp(value));
    default:
      return (value) => JSON.stringify(value);
  }
}

function numberIfPossible(value: string): string {
  return NUMBER.test(value) ? value : JSON.stringify(value);
}

/** `2026-11-30T10:00:00.123Z` */
function isoTimestamp(value: string): string {
  const [, day, time, hours, minutes = '00'] = TIMESTAMP.exec(value) ?? [];
  if (day === undefined) return value;
  if (hours === undefined) return `${day}T${time}`;
  return `${day}T${time}${hours === '+00' ? 'Z' : `${hours}:${minutes}`}`;
}

function arrayWriter(element: ValueType, options: NdjsonOptions): Write {
  const one = jsonWriter(element, options);
  const write = (item: ArrayItem): string => {
    if (item === null) return 'null';
    return typeof item === 'string' ? one(item) : `[${item.map(write).join(',')}]`;
  };
  return (value) => {
    const items = readArray(value);
    return items === undefined ? JSON.stringify(value) : write(items);
  };
}
