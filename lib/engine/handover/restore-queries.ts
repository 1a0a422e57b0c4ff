import { quoteLiteral } from '../ground/sql.ts';

const NOT_OF_AN_EXTENSION = (catalog: string, alias: string) => `NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
     WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND d.objid = ${alias}.oid AND d.deptype = 'e')`;

const USER_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/**
 * Names up to five objects that a new database would not hold: relations, functions, types, schemas and large
 * objects that belong neither to the server nor to an extension. Returns one row, which is NULL when the
 * database is empty.
 */
export const WHAT_IS_THERE = `
  SELECT pg_catalog.string_agg(found.name, ', ') FROM (
    SELECT * FROM (
      SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE ${USER_SCHEMA} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
         AND ${NOT_OF_AN_EXTENSION('pg_class', 'c')}
      UNION ALL
      SELECT 'function ' || pg_catalog.format('%I.%I', n.nspname, p.proname)
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
       WHERE ${USER_SCHEMA} AND ${NOT_OF_AN_EXTENSION('pg_proc', 'p')}
      UNION ALL
      SELECT 'type ' || pg_catalog.format('%I.%I', n.nspname, t.typname)
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
       WHERE ${USER_SCHEMA} AND t.typtype IN ('d', 'e', 'r') AND ${NOT_OF_AN_EXTENSION('pg_type', 't')}
      UNION ALL
      SELECT 'schema ' || pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n
       WHERE ${USER_SCHEMA} AND n.nspname <> 'public' AND ${NOT_OF_AN_EXTENSION('pg_namespace', 'n')}
      UNION ALL
      SELECT 'large object ' || l.oid::pg_catalog.text FROM pg_catalog.pg_largeobject_metadata l
    ) everything ORDER BY name LIMIT 5
  ) found`;

/**
 * Returns one row: the statement that collects statistics. A plain ANALYZE stops at a table with a foreign
 * child or partition that cannot be reached, as is usual right after a restore. The statement then names the
 * other tables.
 */
export const WHAT_TO_ANALYZE = `
  WITH RECURSIVE above_foreign(oid) AS (
    SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind = 'f'
    UNION SELECT i.inhparent FROM above_foreign JOIN pg_catalog.pg_inherits i ON i.inhrelid = above_foreign.oid)
  SELECT 'ANALYZE ' || pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE EXISTS (SELECT FROM above_foreign) AND ${USER_SCHEMA} AND c.relkind IN ('r', 'm', 'p')
     AND c.oid NOT IN (SELECT oid FROM above_foreign)
  UNION ALL SELECT 'ANALYZE' WHERE NOT EXISTS (SELECT FROM above_foreign)`;

/**
 * The query that names the roles of `names` that the server lacks. It returns one row, NULL when none is
 * missing.
 */
export function missingRoles(names: readonly string[]): string {
  return missing(names, 'SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = needed.name');
}

/**
 * The query that names the extensions that the server cannot create. It returns one row, NULL when none is
 * missing.
 */
export function missingExtensions(names: readonly string[]): string {
  return missing(names, 'SELECT FROM pg_catalog.pg_available_extensions e WHERE e.name = needed.name');
}

/** The same for tablespaces. Their `names` are quoted as SQL needs it. */
export function missingTablespaces(names: readonly string[]): string {
  const list = names.map(quoteLiteral).join(', ');
  return `
  SELECT pg_catalog.string_agg(needed.name, ', ' ORDER BY needed.name)
    FROM pg_catalog.unnest(ARRAY[${list}]::pg_catalog.text[]) AS needed(name) WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_tablespace t WHERE pg_catalog.quote_ident(t.spcname) = needed.name)`;
}

function missing(names: readonly string[], found: string): string {
  const list = names.map(quoteLiteral).join(', ');
  return `
  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(needed.name), ', ' ORDER BY needed.name)
    FROM pg_catalog.unnest(ARRAY[${list}]::pg_catalog.text[]) AS needed(name) WHERE NOT EXISTS (${found})`;
}
