import type { QueryRows } from '../connection/query-rows.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import { type ReferenceType, referencesIn, type TableWithReferences } from './held-references.ts';

/**
 * Reads the roles that the rows of these tables name, by the table's OID: in columns of regrole, aclitem and
 * types made of these. COPY writes the names of roles, and a server refuses a row that names an unknown role.
 * Each such table is read completely.
 */
export async function rolesInRows(
  query: QueryRows,
  tables: readonly TableWithReferences[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const byTable = new Map<number, readonly string[]>();
  for (const { table, columns } of tables) {
    const parts = columns.flatMap(
      ({ name, type }) => referencesIn(type, `t.${quoteIdentifier(name)}`, rolesOf) ?? [],
    );
    if (parts.length === 0) continue;
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

/** The query for the OIDs of roles in a value. It may also return numbers that are not OIDs of roles. */
function rolesOf(type: ReferenceType, value: string): string | undefined {
  switch (type) {
    case 'regrole':
      return `SELECT ${value}::pg_catalog.oid`;
    case 'aclitem':
      return `SELECT x.role FROM pg_catalog.aclexplode(CASE WHEN ${value} IS NOT NULL THEN ARRAY[${value}] END) item
        CROSS JOIN LATERAL (VALUES (item.grantee), (item.grantor)) x(role)`;
    default:
      return undefined;
  }
}
