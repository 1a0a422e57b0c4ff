import type { SchemaElement } from 'hyparquet';
import type { ExportColumn, ValueType } from '../value-type.ts';
import type { FormatNotes } from './format-options.ts';
import { jsonWriter } from './ndjson.ts';

export interface ParquetColumn {
  readonly element: SchemaElement;
  /** What the library takes for a value. Undefined if the type of Parquet has no such value. */
  readonly convert: (value: string) => unknown;
}

/** Sixteen bytes hold 38 digits, which is the most that readers take; eight bytes hold 18. */
const MOST_DIGITS = 38;
const MOST_DIGITS_OF_INT64 = 18;
const DECIMAL_BYTES = 16;
const DAY_MICROSECONDS = 86_400_000_000n;
/** PostgreSQL counts from 2000, so that its last thirty years, 294246 to 294276, are beyond eight bytes from 1970. */
const MOST_MICROSECONDS = 2n ** 63n - 1n;

/** How a column is written, under a name that no other column has: Parquet's readers tell columns apart by it. */
export function parquetColumn({ value }: ExportColumn, name: string): ParquetColumn {
  const element = (rest: Partial<SchemaElement>): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    ...rest,
  });
  const text = element({ type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } });
  // PostgreSQL does not say how many dimensions an array has, and Parquet must know it: so it is JSON.
  if (value.element) return { element: text, convert: jsonWriter(value, { bigNumbers: 'number' }) };
  switch (value.kind) {
    case 'boolean':
      return { element: element({ type: 'BOOLEAN' }), convert: (one) => one === 't' };
    case 'int2':
    case 'int4':
      return { element: element({ type: 'INT32' }), convert: Number };
    case 'int8':
      return { element: element({ type: 'INT64' }), convert: BigInt };
    case 'float4':
      return { element: element({ type: 'FLOAT' }), convert: Number };
    case 'float8':
      return { element: element({ type: 'DOUBLE' }), convert: Number };
    case 'numeric':
      return decimal(value, element) ?? { element: text, convert: asIs };
    case 'bytea':
      return {
        element: element({ type: 'BYTE_ARRAY' }),
        convert: (one) => new Uint8Array(Buffer.from(one.slice(2), 'hex')),
      };
    case 'uuid':
      return {
        element: element({
          type: 'FIXED_LEN_BYTE_ARRAY',
          type_length: 16,
          logical_type: { type: 'UUID' },
        }),
        convert: (one) => new Uint8Array(Buffer.from(one.replaceAll('-', ''), 'hex')),
      };
    case 'date':
      return {
        element: element({ type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }),
        convert: daysOf,
      };
    case 'timestamp':
    case 'timestamptz':
      return {
        element: element({
          type: 'INT64',
          // The older name of the type says that the time is in UTC, which a timestamp without time zone does not say.
          ...(value.kind === 'timestamptz' ? { converted_type: 'TIMESTAMP_MICROS' } : {}),
          logical_type: {
            type: 'TIMESTAMP',
            isAdjustedToUTC: value.kind === 'timestamptz',
            unit: 'MICROS',
          },
        }),
        convert: microsecondsOf,
      };
    default:
      return { element: text, convert: asIs };
  }
}

/** A value for the library, or null; counts what the type does not have. */
export function converted({ convert }: ParquetColumn, value: string | null, notes: FormatNotes): unknown {
  if (value === null) return undefined;
  const found = convert(value);
  if (found === undefined) notes.unrepresentable += 1;
  return found;
}

function asIs(value: string): string {
  return value;
}

function decimal(
  { digits }: ValueType,
  element: (rest: Partial<SchemaElement>) => SchemaElement,
): ParquetColumn | undefined {
  if (!digits) return undefined;
  const { precision, scale } = digits;
  if (precision > MOST_DIGITS || scale < 0 || scale > precision) return undefined;
  return {
    element: element({
      ...(precision <= MOST_DIGITS_OF_INT64
        ? { type: 'INT64' }
        : { type: 'FIXED_LEN_BYTE_ARRAY', type_length: DECIMAL_BYTES }),
      converted_type: 'DECIMAL',
      precision,
      scale,
    }),
    convert: (value) => {
      const [, whole, fraction = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(value) ?? [];
      if (whole === undefined) return undefined;
      return BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
    },
  };
}

/** Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil). */
export function daysOf(value: string): number | undefined {
  const [, yearText, month, day, era] = /^(\d{4,})-(\d\d)-(\d\d)( BC)?$/.exec(value) ?? [];
  if (yearText === undefined) return undefined;
  const [m, d] = [Number(month), Number(day)];
  const civil = era ? 1 - Number(yearText) : Number(yearText);
  const year = m <= 2 ? civil - 1 : civil;
  const cycle = Math.floor(year / 400);
  const ofCycle = year - cycle * 400;
  const ofYear = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1;
  const ofDays = ofCycle * 365 + Math.floor(ofCycle / 4) - Math.floor(ofCycle / 100) + ofYear;
  return cycle * 146_097 + ofDays - 719_468;
}

/** Microseconds since 1970; undefined for infinity and for what eight bytes do not hold. The session prints times in UTC. */
export function microsecondsOf(value: string): bigint | undefined {
  const [, day, hours, minutes, seconds, fraction = '', era = ''] =
    /^(\d{4,}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00)?( BC)?$/.exec(value) ?? [];
  const days = day === undefined ? undefined : daysOf(`${day}${era}`);
  if (days === undefined) return undefined;
  const ofDay = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1_000_000;
  const found = BigInt(days) * DAY_MICROSECONDS + BigInt(ofDay + Number(fraction.padEnd(6, '0')));
  return found > MOST_MICROSECONDS ? undefined : found;
}
