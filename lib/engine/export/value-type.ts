/** How a value is written where a format has types. All that is not named here is text. */
export type ValueKind =
  | 'boolean'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'numeric'
  | 'float4'
  | 'float8'
  | 'json'
  | 'bytea'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'text';

export interface ValueType {
  readonly kind: ValueKind;
  /** The number of digits of a numeric, if the column says it, and how many of them are behind the point. */
  readonly digits?: { readonly precision: number; readonly scale: number };
  /** The type of the elements, if it is an array. PostgreSQL does not say how many dimensions an array has. */
  readonly element?: ValueType;
}

export interface ExportColumn {
  readonly name: string;
  /** As format_type() writes it: `numeric(10,2)`, `integer[]`. */
  readonly type: string;
  readonly value: ValueType;
}

export const TEXT: ValueType = { kind: 'text' };

const KINDS: Readonly<Record<string, ValueKind>> = {
  boolean: 'boolean',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  // An oid has no sign, so that it needs more than four bytes.
  oid: 'int8',
  real: 'float4',
  'double precision': 'float8',
  json: 'json',
  jsonb: 'json',
  bytea: 'bytea',
  date: 'date',
  uuid: 'uuid',
  numeric: 'numeric',
};

/** Types whose arrays are printed with another delimiter than a comma (pg_type.typdelim): box of PostgreSQL, and PostGIS's. */
const OTHER_DELIMITER = /(?:^|\.)(?:box|geometry|geography)(?:\([^)]*\))?(?:\[\])+$/;

/** Domains of domains of … end, because PostgreSQL lets nobody make a circle. A damaged archive might hold one. */
const MOST_DOMAINS = 32;

/** Reads a type as format_type() writes it. `baseOf` gives the type under a domain. */
export function valueTypeOf(
  type: string,
  baseOf: (domain: string) => string | undefined = () => undefined,
  depth = 0,
): ValueType {
  if (OTHER_DELIMITER.test(type)) return TEXT;
  if (type.endsWith('[]')) return { kind: 'text', element: valueTypeOf(type.slice(0, -2), baseOf, depth) };
  const digits = /^numeric\((\d+),(-?\d+)\)$/.exec(type);
  if (digits) {
    return { kind: 'numeric', digits: { precision: Number(digits[1]), scale: Number(digits[2]) } };
  }
  const timestamp = /^timestamp(?:\(\d\))? (with|without) time zone$/.exec(type);
  if (timestamp) return { kind: timestamp[1] === 'with' ? 'timestamptz' : 'timestamp' };
  const kind = KINDS[type];
  if (kind !== undefined) return { kind };
  const base = baseOf(type);
  return base === undefined || depth === MOST_DOMAINS ? TEXT : valueTypeOf(base, baseOf, depth + 1);
}
