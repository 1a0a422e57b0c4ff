import { notInExtension, USER_SCHEMA } from '../catalog/user-objects.ts';
import type { QueryRows } from '../connection/query-rows.ts';

export interface SelectableSchema {
  readonly oid: number;
  readonly name: string;
  readonly holdsExtension: boolean;
}

/** A table, view, materialized view, foreign table, or a sequence that no column owns. */
export interface SelectableRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind */
  readonly kind: string;
  /**
   * Whether it is an extension's configuration table: it comes with the extension, so only its rows can be
   * left out.
   */
  readonly ofExtension: boolean;
  /** Parents by partitioning or inheritance. */
  readonly parents: readonly number[];
}

export async function readSchemas(query: QueryRows): Promise<SelectableSchema[]> {
  const rows = await query(`
    SELECT n.oid::text AS oid, n.nspname AS name,
           EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extnamespace = n.oid)::text AS extension
      FROM pg_catalog.pg_namespace n
     WHERE ${USER_SCHEMA} AND ${notInExtension({ catalog: 'pg_namespace', oid: 'n.oid' })}
     ORDER BY n.nspname`);
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: String(row.name),
    holdsExtension: row.extension === 'true',
  }));
}

export async function readRelations(query: QueryRows): Promise<SelectableRelation[]> {
  const own = `(${USER_SCHEMA} AND ${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })})`;
  const configuration = 'EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig))';
  const owned = `EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)`;
  const rows = await query(`
    SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
           (NOT ${own})::text AS of_extension,
           (SELECT coalesce(pg_catalog.json_agg(i.inhparent::bigint), '[]')::text
              FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) AS parents
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relpersistence <> 't'
       AND (c.relkind IN ('r', 'p', 'v', 'm', 'f') OR (c.relkind = 'S' AND NOT ${owned}))
       AND (${own} OR ${configuration})
     ORDER BY n.nspname, c.relname`);
  return rows.map((row) => ({
    oid: Number(row.oid),
    schema: String(row.schema),
    name: String(row.name),
    kind: String(row.kind),
    ofExtension: row.of_extension === 'true',
    parents: JSON.parse(String(row.parents)) as number[],
  }));
}
