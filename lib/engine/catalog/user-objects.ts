/**
 * Schemas that are not the server's own, of a namespace `n`. pg_dump tells them apart by the same rule
 * (pg_dump.c, selectDumpableNamespace); names that start with `pg_` are reserved, temporary schemas among them.
 */
export const USER_SCHEMA = `pg_catalog.left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'`;

/** Objects that initdb made have smaller OIDs (FirstNormalObjectId in PostgreSQL's transam.h). */
export const FIRST_USER_OID = 16_384;

/** Members of an extension come back with CREATE EXTENSION. `oid` is an SQL expression. */
export function notInExtension({ catalog, oid }: { readonly catalog: string; readonly oid: string }): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend membership
      WHERE membership.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND membership.objid = ${oid}
        AND membership.deptype = 'e')`;
}
