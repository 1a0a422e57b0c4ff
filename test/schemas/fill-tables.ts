import type pg from 'pg';
import { qualifiedName, quoteIdentifier } from '../../lib/engine/ground/sql.ts';

const ROWS = 40;

/** A column of a table, with all that decides what may stand in it. */
interface Column {
  readonly name: string;
  readonly notNull: boolean;
  /** An SQL expression over `g`, the number of the row; undefined where nothing is known for its type. */
  readonly value: string | undefined;
}

/** What the tables hold in the end, rows of the schema's own included. */
export interface Filled {
  /** With a row at least. */
  readonly tables: number;
  readonly rows: number;
  /** Tables without a row: their constraints want what no type tells. */
  readonly empty: readonly string[];
}

const TABLES = `
  SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND c.relkind IN ('p', 'r') AND NOT c.relispartition
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 2, 3`;

const COLUMNS = `
  SELECT a.attname AS name, a.attnotnull AS not_null, a.atttypmod AS modifier,
         base.typname AS type, base.typtype AS kind, base.typcategory AS category, format_type(t.oid, a.atttypmod) AS whole,
         (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contypid = t.oid) AS checks,
         element.typname AS element, element.typtype AS element_kind, format_type(element.oid, NULL) AS element_whole
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    LEFT JOIN pg_type element ON element.oid = base.typelem AND base.typcategory = 'A'
   WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
   ORDER BY a.attnum`;

/** By the name of a type, over `g`; distinct for each row wherever the type has so many values. */
const VALUES: Readonly<Record<string, string>> = {
  bool: 'g % 2 = 0',
  int2: 'g::int2',
  int4: 'g::int4',
  int8: 'g::int8',
  numeric: 'g',
  float4: 'g + 0.5::float4',
  float8: 'g + 0.25::float8',
  money: 'g::money',
  oid: 'g::oid',
  text: `'text é ' || g || E'\\twith\\\\escapes\\n' || g`,
  varchar: `'v' || g`,
  bpchar: `(g % 10)::text`,
  name: `('name' || g)::name`,
  citext: `'Mixed' || g`,
  char: `chr(96 + g % 26)::"char"`,
  uuid: 'md5(g::text)::uuid',
  json: `json_build_object('n', g, 'list', ARRAY[g, NULL])`,
  jsonb: `jsonb_build_object('n', g, 'text', 'é')`,
  bytea: `decode(md5(g::text), 'hex')`,
  date: `date '2026-01-01' + g`,
  time: `time '01:00' + g * interval '1 minute'`,
  timetz: `timetz '01:00+02' + g * interval '1 minute'`,
  timestamp: `timestamp '2026-01-01' + g * interval '1 hour'`,
  timestamptz: `timestamptz '2026-01-01' + g * interval '1 hour'`,
  interval: `g * interval '1 day 2 hours'`,
  inet: `inet '10.0.0.0' + g`,
  cidr: `network(inet '10.0.0.0/24' + g * 256)`,
  macaddr: `('08:00:2b:01:02:' || lpad(to_hex(g), 2, '0'))::macaddr`,
  point: 'point(g, g)',
  box: 'box(point(0, 0), point(g, g))',
  cube: 'cube(g::float8)',
  path: `'((0,0),(1,1))'::path`,
  polygon: `'((0,0),(1,1),(1,0))'::polygon`,
  circle: 'circle(point(g, g), 1)',
  line: `'{1,2,3}'::line`,
  lseg: 'lseg(point(0, 0), point(g, g))',
  bit: `B'1'`,
  varbit: `B'101'`,
  tsvector: `to_tsvector('simple', 'word' || g)`,
  tsquery: `to_tsquery('simple', 'word' || g)`,
  xml: `xmlelement(name n, g)`,
  hstore: `hstore('n', g::text)`,
  ltree: `('top.n' || g)::ltree`,
  int4range: 'int4range(g::int4, (g + 1)::int4)',
  int8range: 'int8range(g, g + 1)',
  numrange: 'numrange(g, g + 1)',
  daterange: `daterange(date '2026-01-01' + g, date '2026-01-02' + g)`,
  tsrange: `tsrange(timestamp '2026-01-01' + g * interval '1 hour', timestamp '2026-01-01' + (g + 1) * interval '1 hour')`,
  tstzrange: `tstzrange(timestamptz '2026-01-01' + g * interval '1 hour', timestamptz '2026-01-01' + (g + 1) * interval '1 hour')`,
};

/**
 * Fills every table by the types of its columns, with triggers and foreign keys off. A row that a constraint refuses is tried once
 * more with NULL wherever it may stand.
 */
export async function fillTables(client: pg.Client): Promise<Filled> {
  await client.query('SET session_replication_role = replica; SET search_path = \'"$user"\', public');
  const tables = (await client.query(TABLES)).rows;
  for (const { oid, schema, name } of tables) {
    const columns = (await client.query(COLUMNS, [oid])).rows.map(columnOf);
    await fill(client, qualifiedName(schema, name), columns);
  }
  await removeOrphans(client);
  const empty: string[] = [];
  let rows = 0;
  for (const { schema, name, kind } of tables) {
    const counted = await client.query(
      `SELECT count(*)::int AS n FROM ${kind === 'p' ? '' : 'ONLY '}${qualifiedName(schema, name)}`,
    );
    rows += counted.rows[0].n;
    if (counted.rows[0].n === 0) empty.push(`${schema}.${name}`);
  }
  return { tables: tables.length - empty.length, rows, empty };
}

const FOREIGN_KEYS = `
  SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
         (SELECT string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ') FROM unnest(conkey) k JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k) AS given,
         (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ')
            FROM unnest(conkey, confkey) AS k(child, parent)
            JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.child
            JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = k.parent) AS same
    FROM pg_constraint WHERE contype = 'f' AND conparentid = 0`;

/** Deletes what refers to nothing, until nothing does: such rows no tool could restore with their keys. */
async function removeOrphans(client: pg.Client): Promise<void> {
  await client.query("SET search_path = ''");
  const keys = (await client.query(FOREIGN_KEYS)).rows;
  let removed = 0;
  for (let last = -1; removed !== last; ) {
    last = removed;
    for (const { child, parent, given, same } of keys) {
      const { rowCount } = await client.query(
        `DELETE FROM ${child} c WHERE ${given} AND NOT EXISTS (SELECT FROM ${parent} p WHERE ${same})`,
      );
      removed += rowCount ?? 0;
    }
  }
}

async function fill(client: pg.Client, table: string, columns: readonly Column[]): Promise<void> {
  const known = columns.filter(({ value }) => value !== undefined);
  let added = 0;
  for (let row = 1; row <= ROWS; row += 1) {
    for (const some of [known, known.filter(({ notNull }) => notNull)]) {
      const optional = some.map(({ value, notNull }, at) => (notNull || (row + at) % 5 > 0 ? value : 'NULL'));
      const values =
        some.length === 0
          ? 'DEFAULT VALUES'
          : `(${some.map(({ name }) => quoteIdentifier(name)).join(', ')})
        OVERRIDING SYSTEM VALUE SELECT ${optional.join(', ')} FROM (SELECT ${row}::int8 AS g) rows`;
      const done = await client.query(`INSERT INTO ${table} ${values}`).then(
        () => true,
        () => false,
      );
      if (!done) continue;
      added += 1;
      break;
    }
    if (row === 3 && added === 0) return;
  }
}

function columnOf(row: Record<string, string | boolean | number | null>): Column {
  return { name: String(row.name), notNull: row.not_null === true, value: expressionFor(row) };
}

function expressionFor(row: Record<string, string | boolean | number | null>): string | undefined {
  const { type, kind, checks, element, element_kind, element_whole, whole } = row;
  if (kind === 'e')
    return `(enum_range(NULL::${whole}))[1 + g % array_length(enum_range(NULL::${whole}), 1)]`;
  if (element_kind === 'e') return `enum_range(NULL::${element_whole})`;
  if (element) {
    const value = VALUES[String(element)];
    return value && `ARRAY[${value}, NULL, ${value}]::${whole}`;
  }
  const bytes = type === 'bytea' && /length\(.*?VALUE.*?\) <?= (\d+)/.exec(String(checks))?.[1];
  const value = bytes ? `substr(sha512(g::text::bytea), 1, ${bytes})` : VALUES[String(type)];
  return value && `(${value})::${whole}`;
}
