import type { QueryRows } from '../connection/query-rows.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import type { SourceTable } from './tables.ts';

/**
 * Types whose values are references that COPY writes as names. Their OIDs are the same in every database
 * (pg_type.dat).
 */
const LEAVES = { regproc: 24, aclitem: 1033, regoper: 2203, regrole: 4096 } as const;

export type ReferenceType = keyof typeof LEAVES;

/** A type that is such a reference or contains one. */
export type HoldingType =
  | { readonly kind: ReferenceType }
  | { readonly kind: 'array'; readonly element: HoldingType }
  | { readonly kind: 'domain'; readonly base: string; readonly of: HoldingType }
  | {
      readonly kind: 'composite';
      readonly attributes: ReadonlyArray<readonly [name: string, type: HoldingType]>;
    };

interface TypeRow {
  readonly oid: number;
  readonly kind: 'array' | 'domain' | 'composite';
  /** The element of an array, the base type of a domain, or one attribute of a composite type. */
  readonly inner: number;
  /** The name of the base type or the attribute. */
  readonly name: string;
}

export interface TableWithReferences {
  readonly table: SourceTable;
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: HoldingType }>;
}

/**
 * The tables with columns of such types. Such types are rare: in nearly every database the first query finds
 * that there are none.
 */
export async function tablesWithReferences(
  query: QueryRows,
  tables: readonly SourceTable[],
): Promise<TableWithReferences[]> {
  const types = await holdingTypes(query);
  if (types.size === 0) return [];
  const columns = await columnsOf(query, [...types.keys()]);
  return tables.flatMap((table) => {
    const held = columns.filter(({ table: oid, name }) => oid === table.oid && table.columns.includes(name));
    const typed = held.map(({ name, type }) => ({ name, type: types.get(type) as HoldingType }));
    return typed.length === 0 ? [] : [{ table, columns: typed }];
  });
}

/**
 * The query, with one column, for the results of `leaf` on each reference in a value. Undefined if `leaf`
 * knows none of the references. `value` is an SQL expression.
 */
export function referencesIn(
  type: HoldingType,
  value: string,
  leaf: (type: ReferenceType, value: string) => string | undefined,
  depth = 0,
): string | undefined {
  const inside = `v${depth}`;
  switch (type.kind) {
    case 'array': {
      const of = referencesIn(type.element, inside, leaf, depth + 1);
      return (
        of && `SELECT e.found FROM pg_catalog.unnest(${value}) ${inside} CROSS JOIN LATERAL (${of}) e(found)`
      );
    }
    case 'domain':
      return referencesIn(type.of, `(${value}::${type.base})`, leaf, depth);
    case 'composite': {
      const parts = type.attributes.flatMap(([name, of], at) => {
        const part = referencesIn(of, `(${value}).${quoteIdentifier(name)}`, leaf, depth + at + 1);
        return part === undefined ? [] : [`SELECT a.found FROM (${part}) a(found)`];
      });
      return parts.length === 0 ? undefined : parts.join(' UNION ALL ');
    }
    default:
      return leaf(type.kind, value);
  }
}

const OIDS = Object.values(LEAVES).join(',');

async function holdingTypes(query: QueryRows): Promise<ReadonlyMap<number, HoldingType>> {
  // First look at the types of columns and attributes: every holding type starts with one of these, or with a
  // domain.
  const [used] = await query(`
    SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                    WHERE a.attrelid >= 16384 AND NOT a.attisdropped
                      AND (t.oid IN (${OIDS}) OR t.typelem IN (${OIDS})))::text AS direct,
           EXISTS (SELECT FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typbasetype
                    WHERE t.typtype = 'd' AND (t.typbasetype IN (${OIDS}) OR e.typelem IN (${OIDS})))::text AS domain`);
  if (used?.direct !== 'true' && used?.domain !== 'true') return new Map();
  const rows = await query(`
    WITH RECURSIVE edge(oid, kind, inner_type, name) AS (
      SELECT t.oid, 'array', t.typelem, '' FROM pg_catalog.pg_type t WHERE t.typelem <> 0 AND t.typlen = -1
      UNION ALL SELECT t.oid, 'domain', t.typbasetype, pg_catalog.format_type(t.typbasetype, t.typtypmod)
        FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
      UNION ALL SELECT c.reltype, 'composite', a.atttypid, a.attname::text
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
       WHERE c.oid >= 16384 AND c.reltype <> 0 AND a.attnum > 0 AND NOT a.attisdropped),
      holding(oid) AS (
        SELECT leaf FROM unnest('{${OIDS}}'::pg_catalog.oid[]) leaf
        UNION SELECT edge.oid FROM holding JOIN edge ON edge.inner_type = holding.oid)
    SELECT edge.oid::text AS oid, edge.kind AS kind, edge.inner_type::text AS inner, edge.name AS name
      FROM edge JOIN holding ON holding.oid = edge.inner_type`);
  return build(
    rows.map(({ oid, kind, inner, name }) => ({
      oid: Number(oid),
      kind: String(kind) as TypeRow['kind'],
      inner: Number(inner),
      name: String(name),
    })),
  );
}

function build(rows: readonly TypeRow[]): ReadonlyMap<number, HoldingType> {
  const known = new Map<number, HoldingType>(
    Object.entries(LEAVES).map(([kind, oid]) => [oid, { kind: kind as ReferenceType }]),
  );
  const byOid = Map.groupBy(rows, ({ oid }) => oid);
  const typeOf = (oid: number): HoldingType | undefined => {
    const found = known.get(oid);
    if (found) return found;
    const parts = (byOid.get(oid) ?? []).flatMap((row) => {
      const inner = typeOf(row.inner);
      return inner ? [{ ...row, inner }] : [];
    });
    const [first] = parts;
    if (first === undefined) return undefined;
    const type: HoldingType =
      first.kind === 'array'
        ? { kind: 'array', element: first.inner }
        : first.kind === 'domain'
          ? { kind: 'domain', base: first.name, of: first.inner }
          : { kind: 'composite', attributes: parts.map(({ name, inner }) => [name, inner]) };
    known.set(oid, type);
    return type;
  };
  for (const oid of byOid.keys()) typeOf(oid);
  return known;
}

async function columnsOf(
  query: QueryRows,
  types: readonly number[],
): Promise<Array<{ table: number; name: string; type: number }>> {
  const rows = await query(`
    SELECT a.attrelid::text AS table, a.attname::text AS name, a.atttypid::text AS type
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
     WHERE a.atttypid = ANY ('{${types.join(',')}}'::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attrelid >= 16384`);
  return rows.map(({ table, name, type }) => ({
    table: Number(table),
    name: String(name),
    type: Number(type),
  }));
}
