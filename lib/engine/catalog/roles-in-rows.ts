import type { QueryRows } from '../connection/query-rows.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import { type ReferenceType, referencesIn, type TableWithReferences } from './held-references.ts';

/**
 * Roles that the rows of these tables name, by the table's OID: in columns of the types regrole and aclitem, and in whatever is
 * made of them. COPY writes their names, and no server takes a row that names one which it has not. Each such table is read whole.
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

/** OIDs of roles, and other numbers where it names none. */
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
