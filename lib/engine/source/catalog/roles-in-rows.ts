import { qualifiedName, quoteIdentifier } from '../../sql.ts';
import type { QueryRows } from './query-rows.ts';
import type { SourceTable } from './tables.ts';

/** A type that is, or holds, a role: COPY writes its name, and no server takes the row that does not have it. */
type RoleType =
  | { readonly kind: 'regrole' | 'aclitem' }
  | { readonly kind: 'array'; readonly element: RoleType }
  | { readonly kind: 'domain'; readonly base: string; readonly of: RoleType }
  | {
      readonly kind: 'composite';
      readonly attributes: ReadonlyArray<readonly [name: string, type: RoleType]>;
    };

interface TypeRow {
  readonly oid: number;
  readonly kind: 'array' | 'domain' | 'composite';
  /** Of an array its element, of a domain the type under it, of a composite one attribute. */
  readonly inner: number;
  /** The base type's name, the attribute's. */
  readonly name: string;
}

/** Their OIDs are the same in every database (pg_type.dat). */
const LEAVES: ReadonlyMap<number, RoleType> = new Map([
  [1033, { kind: 'aclitem' }],
  [4096, { kind: 'regrole' }],
]);

/**
 * Roles that the rows of these tables name, by the table's OID: in columns of the types regrole and aclitem, and in whatever is
 * made of them. Such columns are rare; where there is one, it is read whole.
 */
export async function rolesInRows(
  query: QueryRows,
  tables: readonly SourceTable[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const types = await typesWithRoles(query);
  const byTable = new Map<number, readonly string[]>();
  if (types.size === 0) return byTable;
  const columns = await columnsOf(query, [...types.keys()]);
  for (const table of tables) {
    const held = columns.filter(({ table: oid, name }) => oid === table.oid && table.columns.includes(name));
    if (held.length === 0) continue;
    const parts = held.map(({ name, type }) =>
      rolesIn(types.get(type) as RoleType, `t.${quoteIdentifier(name)}`),
    );
    const rows = await query(`
      SELECT DISTINCT r.rolname::text AS name
        FROM ONLY ${qualifiedName(table.schema, table.name)} t
        CROSS JOIN LATERAL (${parts.join(' UNION ALL ')}) AS named(role)
        JOIN pg_catalog.pg_roles r ON r.oid = named.role
       ORDER BY 1`);
    if (rows.length > 0)
      byTable.set(
        table.oid,
        rows.map(({ name }) => String(name)),
      );
  }
  return byTable;
}

/** A query for the OIDs of the roles in a value, and for other numbers where it names none. */
function rolesIn(type: RoleType, value: string, depth = 0): string {
  const inside = `v${depth}`;
  switch (type.kind) {
    case 'regrole':
      return `SELECT ${value}::pg_catalog.oid`;
    case 'aclitem':
      return `SELECT x.role FROM pg_catalog.aclexplode(CASE WHEN ${value} IS NOT NULL THEN ARRAY[${value}] END) ${inside}
        CROSS JOIN LATERAL (VALUES (${inside}.grantee), (${inside}.grantor)) x(role)`;
    case 'array':
      return `SELECT e.role FROM pg_catalog.unnest(${value}) ${inside}
        CROSS JOIN LATERAL (${rolesIn(type.element, inside, depth + 1)}) e(role)`;
    case 'domain':
      return rolesIn(type.of, `(${value}::${type.base})`, depth);
    case 'composite':
      return type.attributes
        .map(
          ([name, of], at) =>
            `SELECT a.role FROM (${rolesIn(of, `(${value}).${quoteIdentifier(name)}`, depth + at + 1)}) a(role)`,
        )
        .join(' UNION ALL ');
  }
}

/** Of the types that a column has: none in nearly every database, and then nothing more is asked. */
async function typesWithRoles(query: QueryRows): Promise<ReadonlyMap<number, RoleType>> {
  // One look at the types of columns and attributes first: what is made of roles begins with one of them, or a domain.
  const [used] = await query(`
    SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                    WHERE a.attrelid >= 16384 AND NOT a.attisdropped
                      AND (t.oid IN (1033, 4096) OR t.typelem IN (1033, 4096)))::text AS direct,
           EXISTS (SELECT FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typbasetype
                    WHERE t.typtype = 'd' AND (t.typbasetype IN (1033, 4096) OR e.typelem IN (1033, 4096)))::text AS domain`);
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
        SELECT leaf FROM unnest('{1033,4096}'::pg_catalog.oid[]) leaf
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

function build(rows: readonly TypeRow[]): ReadonlyMap<number, RoleType> {
  const known = new Map<number, RoleType>(LEAVES);
  const byOid = Map.groupBy(rows, ({ oid }) => oid);
  const typeOf = (oid: number): RoleType | undefined => {
    const found = known.get(oid);
    if (found) return found;
    const parts = (byOid.get(oid) ?? []).flatMap((row) => {
      const inner = typeOf(row.inner);
      return inner ? [{ ...row, inner }] : [];
    });
    const [first] = parts;
    if (first === undefined) return undefined;
    const type: RoleType =
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
