import type { QueryRows } from '../connection/query-rows.ts';

/** A table of an extension whose rows belong to the user (pg_extension_config_dump). */
export interface ConfigurationTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind: `r` a table, `S` a sequence. */
  readonly kind: string;
  /** `WHERE …`; empty if all rows are the user's. */
  readonly condition: string;
}

export interface Extension {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
  readonly configurationTables: readonly ConfigurationTable[];
}

/** Reads all extensions, plpgsql included, sorted by name. */
export async function readExtensions(query: QueryRows): Promise<Extension[]> {
  const rows = await query(`
    SELECT pg_catalog.json_build_object(
             'name', e.extname, 'version', e.extversion, 'schema', n.nspname,
             'configurationTables', (
               SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                                 'oid', c.oid::bigint, 'schema', s.nspname, 'name', c.relname, 'kind', c.relkind,
                                 'condition', coalesce(part.condition, '')) ORDER BY part.position), '[]'::json)
                 FROM unnest(e.extconfig, e.extcondition) WITH ORDINALITY part(relation, condition, position)
                 JOIN pg_catalog.pg_class c ON c.oid = part.relation
                 JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace))::text AS extension
      FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     ORDER BY e.extname`);
  return rows.map((row) => JSON.parse(String(row.extension)) as Extension);
}
