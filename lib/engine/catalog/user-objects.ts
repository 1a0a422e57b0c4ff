/**
 * Condition for schemas that do not belong to the server, for a namespace `n`. pg_dump has the same rule
 * (pg_dump.c, selectDumpableNamespace). Names that start with `pg_` are reserved; temporary schemas have such
 * names.
 */
export const USER_SCHEMA = `pg_catalog.left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'`;

/**
 * The first OID of users' objects; those of initdb are smaller (FirstNormalObjectId in PostgreSQL's
 * transam.h).
 */
export const FIRST_USER_OID = 16_384;

/**
 * Condition for objects outside extensions: CREATE EXTENSION restores its members. `oid` is an SQL
 * expression.
 */
export function notInExtension({ catalog, oid }: { readonly catalog: string; readonly oid: string }): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend membership
      WHERE membership.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND membership.objid = ${oid}
        AND membership.deptype = 'e')`;
}
