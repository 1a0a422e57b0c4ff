/** The types that a result names by their numbers (pg_type.dat), as format_type() writes them, with their arrays' numbers. */
const BUILT_IN: ReadonlyArray<readonly [oid: number, arrayOid: number, type: string]> = [
  [16, 1000, 'boolean'],
  [17, 1001, 'bytea'],
  [20, 1016, 'bigint'],
  [21, 1005, 'smallint'],
  [23, 1007, 'integer'],
  [25, 1009, 'text'],
  [26, 1028, 'oid'],
  [114, 199, 'json'],
  [700, 1021, 'real'],
  [701, 1022, 'double precision'],
  [1043, 1015, 'character varying'],
  [1082, 1182, 'date'],
  [1083, 1183, 'time without time zone'],
  [1114, 1115, 'timestamp without time zone'],
  [1184, 1185, 'timestamp with time zone'],
  [1186, 1187, 'interval'],
  [1700, 1231, 'numeric'],
  [2950, 2951, 'uuid'],
  [3802, 3807, 'jsonb'],
];

const TYPES = new Map(
  BUILT_IN.flatMap(([oid, arrayOid, type]) => [
    [oid, type],
    [arrayOid, `${type}[]`],
  ]),
);

const NUMERIC = 1700;
/** The header of a typmod, which PostgreSQL adds (numeric.c). */
const TYPMOD_HEADER = 4;

/** The type of a column of a result. Types that are not PostgreSQL's own are called text: they are exported as text. */
export function builtInType(oid: number, modifier = -1): string {
  if (oid === NUMERIC && modifier >= TYPMOD_HEADER) {
    const digits = modifier - TYPMOD_HEADER;
    // The scale has eleven bits and a sign, from 15 on (numeric.c, numeric_typmod_scale).
    const scale = ((digits & 0x7ff) ^ 1024) - 1024;
    return `numeric(${(digits >> 16) & 0xffff},${scale})`;
  }
  return TYPES.get(oid) ?? 'text';
}
