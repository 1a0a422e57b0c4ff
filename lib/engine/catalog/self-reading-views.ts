import type { QueryRows } from '../connection/query-rows.ts';
import { catalogMajor } from './catalog-major.ts';

/** A view whose query reads the view itself. Only CREATE OR REPLACE VIEW can make one. */
export interface SelfReadingView {
  readonly schema: string;
  readonly name: string;
  /** In their order. */
  readonly columns: ReadonlyArray<{
    readonly name: string;
    /** With its modifier, and COLLATE where the collation is not the type's own. */
    readonly type: string;
  }>;
}

/** Before this major the rule of every view has the view itself among its relations, as OLD and as NEW (release notes of 16). */
const FIRST_MAJOR_WITHOUT_NEW = 16;

/**
 * Reads such views. No query can read one (`infinite recursion detected in rules`), but it can exist in a
 * database. pg_dump writes it like any other view, and every server refuses that: `relation does not exist`.
 */
export async function readSelfReadingViews(query: QueryRows): Promise<SelfReadingView[]> {
  const ownEntries = (await catalogMajor(query)) < FIRST_MAJOR_WITHOUT_NEW ? 2 : 0;
  const rows = await query(`
    SELECT n.nspname::text AS schema, c.relname::text AS name,
           (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type',
                     pg_catalog.format_type(a.atttypid, a.atttypmod) ||
                       CASE WHEN a.attcollation NOT IN (0, t.typcollation)
                            THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text ELSE '' END) ORDER BY a.attnum)::text
              FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
      FROM pg_catalog.pg_rewrite r
      JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND r.ev_type = '1'
       AND EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid AND d.deptype = 'n'
                      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid)
       AND pg_catalog.cardinality(pg_catalog.string_to_array(r.ev_action::text, ':relid ' || c.oid || ' ')) > ${1 + ownEntries}
     ORDER BY 1, 2`);
  return rows.map((row) => ({
    schema: String(row.schema),
    name: String(row.name),
    columns: JSON.parse(String(row.columns ?? '[]')),
  }));
}
