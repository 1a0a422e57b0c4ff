import type { QueryRows } from '../connection/query-rows.ts';

/** A catalog row that cannot exist without another row that is left out. */
export interface Consequence {
  readonly catalog: string;
  readonly oid: number;
  /** The type and identity from pg_identify_object(): `table constraint`, `a_fkey on public.a`. */
  readonly what: string;
  readonly name: string;
  /** Whether it is a part of the other object, as an index is a part of its table. */
  readonly part: boolean;
  /** The table that this column, default or check belongs to: the table cannot exist without it. */
  readonly breaks?: { readonly oid: number; readonly name: string };
  /** Set for relations only. */
  readonly relation?: { readonly schema: string; readonly name: string; readonly kind: string };
  readonly extension?: string;
  readonly cause: CatalogRow;
}

export interface CatalogRow {
  readonly catalog: string;
  readonly oid: number;
}

export function rowKey({ catalog, oid }: CatalogRow): string {
  return `${catalog} ${oid}`;
}

/**
 * Reads everything that DROP … CASCADE of these rows would drop as well. A schema with `keepExtensions` drops
 * its objects, but not its extensions.
 */
export async function readConsequences(
  query: QueryRows,
  seeds: ReadonlyArray<CatalogRow & { readonly keepExtensions?: boolean }>,
): Promise<Consequence[]> {
  if (seeds.length === 0) return [];
  const values = seeds.map(
    ({ catalog, oid, keepExtensions }) =>
      `('pg_catalog.${catalog}'::pg_catalog.regclass::oid, ${oid}::oid, ${keepExtensions === true})`,
  );
  const rows = await query(`
    WITH RECURSIVE gone(classid, objid, subid, part, keeps_extensions, via_class, via_object) AS (
      SELECT seed.classid, seed.objid, 0, false, seed.keeps_extensions, 0::oid, 0::oid
        FROM (VALUES ${values.join(', ')}) AS seed(classid, objid, keeps_extensions)
      UNION
      SELECT next.classid, next.objid, next.subid, next.part, false, gone.classid, gone.objid
        FROM gone
       CROSS JOIN LATERAL (
         SELECT d.classid, d.objid, d.objsubid, d.deptype <> 'n'
           FROM pg_catalog.pg_depend d
          WHERE d.refclassid = gone.classid AND d.refobjid = gone.objid
            AND d.deptype IN ('n', 'a', 'i', 'P', 'S', 'e')
            AND (d.classid, d.objid) <> (gone.classid, gone.objid)
            AND NOT (gone.keeps_extensions AND (d.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass OR EXISTS (
              SELECT FROM pg_catalog.pg_depend m
               WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e')))
         UNION ALL
         -- A view is not recorded as depending on anything: its query is.
         SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, r.ev_class, 0, false
           FROM pg_catalog.pg_rewrite r
          WHERE gone.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = gone.objid
            AND r.rulename = '_RETURN'
       ) AS next(classid, objid, subid, part))
    SELECT catalog.relname::text AS catalog, gone.objid::text AS oid, gone.part::text AS part,
           via.relname::text AS via_catalog, gone.via_object::text AS via_oid,
           object.type AS what, object.identity AS name,
           n.nspname::text AS schema, c.relname::text AS relation, c.relkind::text AS kind, e.extname::text AS extension,
           broken.oid::text AS broken_oid, broken.oid::pg_catalog.regclass::text AS broken_name
      FROM gone
      JOIN pg_catalog.pg_class catalog ON catalog.oid = gone.classid
      JOIN pg_catalog.pg_class via ON via.oid = gone.via_class
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(gone.classid, gone.objid, 0) object
      LEFT JOIN pg_catalog.pg_class c ON catalog.relname = 'pg_class' AND c.oid = gone.objid
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_extension e ON catalog.relname = 'pg_extension' AND e.oid = gone.objid
      LEFT JOIN pg_catalog.pg_attrdef a ON catalog.relname = 'pg_attrdef' AND a.oid = gone.objid
      LEFT JOIN pg_catalog.pg_constraint k
        ON catalog.relname = 'pg_constraint' AND k.oid = gone.objid AND k.contype = 'c' AND k.conrelid <> 0
     -- pg_dump writes all of these into CREATE TABLE.
     CROSS JOIN LATERAL (SELECT CASE
       WHEN gone.part THEN NULL
       WHEN c.relkind IN ('r', 'p', 'f') AND (gone.subid > 0 OR via.relname NOT IN ('pg_class', 'pg_namespace')) THEN c.oid
       WHEN a.oid IS NOT NULL THEN a.adrelid
       ELSE k.conrelid END AS oid) broken
     WHERE object.identity IS NOT NULL
     ORDER BY object.type, object.identity, gone.part, via.relname, gone.via_object`);
  return rows.map((row) => ({
    catalog: String(row.catalog),
    oid: Number(row.oid),
    what: String(row.what),
    name: String(row.name),
    part: row.part === 'true',
    cause: { catalog: String(row.via_catalog), oid: Number(row.via_oid) },
    ...(row.broken_oid === null
      ? {}
      : { breaks: { oid: Number(row.broken_oid), name: String(row.broken_name) } }),
    ...(row.relation === null
      ? {}
      : { relation: { schema: String(row.schema), name: String(row.relation), kind: String(row.kind) } }),
    ...(row.extension === null ? {} : { extension: String(row.extension) }),
  }));
}
