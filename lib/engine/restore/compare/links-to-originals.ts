import type { ReportItem } from '../../archive/drill-report.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { relationKey } from '../archived/relation-key.ts';
import type { PlannedCopy } from '../plan/planned-copy.ts';

/**
 * Finds what of a copy depends on the objects that it is a copy of, by the server's own record of dependencies. A reference
 * that kept its old name would look right, and read, or change, what others use.
 */
export async function linksToOriginals(target: ServerTarget, copy: PlannedCopy): Promise<ReportItem[]> {
  const originals = copy.schema ? ofSchema(copy.schema.from) : ofRelations([...copy.places.objects.keys()]);
  const copies = copy.schema
    ? ofSchema(copy.schema.to)
    : ofRelations([...copy.places.objects.values()].map(({ schema, name }) => relationKey(schema, name)));
  const { rows } = await target.execute(`
    WITH original AS MATERIALIZED (${originals}), copy AS MATERIALIZED (${copies}), part AS MATERIALIZED (
      SELECT catalog, oid FROM copy
      UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid, o.oid FROM pg_catalog.pg_constraint o JOIN copy ON copy.oid = o.conrelid OR copy.oid = o.contypid
      UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid, o.oid FROM pg_catalog.pg_attrdef o JOIN copy ON copy.oid = o.adrelid
      UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid, o.oid FROM pg_catalog.pg_rewrite o JOIN copy ON copy.oid = o.ev_class
      UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid, o.oid FROM pg_catalog.pg_policy o JOIN copy ON copy.oid = o.polrelid
      UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid, o.oid FROM pg_catalog.pg_trigger o JOIN copy ON copy.oid = o.tgrelid
      UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, o.indexrelid FROM pg_catalog.pg_index o JOIN copy ON copy.oid = o.indrelid)
    SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS part,
           pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0) AS original
      FROM pg_catalog.pg_depend d
      JOIN part ON part.catalog = d.classid AND part.oid = d.objid
      JOIN original ON original.catalog = d.refclassid AND original.oid = d.refobjid
     ORDER BY 1, 2`);
  return rows.map(
    ({ part, original }): ReportItem => ({
      kind: 'catalog',
      name: String(part),
      verdict: 'differs',
      reason: `it refers to the existing ${original}, and not to the copy`,
    }),
  );
}

/** Catalogs with a schema of their own for each row, and the column that has it. */
const WITH_SCHEMA: ReadonlyArray<readonly [catalog: string, column: string]> = [
  ['pg_class', 'relnamespace'],
  ['pg_type', 'typnamespace'],
  ['pg_proc', 'pronamespace'],
  ['pg_operator', 'oprnamespace'],
  ['pg_opclass', 'opcnamespace'],
  ['pg_opfamily', 'opfnamespace'],
  ['pg_collation', 'collnamespace'],
  ['pg_conversion', 'connamespace'],
  ['pg_statistic_ext', 'stxnamespace'],
  ['pg_ts_config', 'cfgnamespace'],
  ['pg_ts_dict', 'dictnamespace'],
  ['pg_ts_parser', 'prsnamespace'],
  ['pg_ts_template', 'tmplnamespace'],
];

function ofSchema(schema: string): string {
  return WITH_SCHEMA.map(
    ([catalog, column]) =>
      `SELECT 'pg_catalog.${catalog}'::pg_catalog.regclass::pg_catalog.oid AS catalog, o.oid FROM pg_catalog.${catalog} o
         JOIN pg_catalog.pg_namespace n ON n.oid = o.${column} WHERE n.nspname = ${quoteLiteral(schema)}`,
  ).join(' UNION ALL ');
}

/** The relations of these names, and their row types. */
function ofRelations(keys: readonly string[]): string {
  const oids = `ARRAY[${keys.map((key) => `pg_catalog.to_regclass(${quoteLiteral(key)})`).join(', ')}]::pg_catalog.oid[]`;
  return `
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS catalog, o.oid FROM pg_catalog.pg_class o WHERE o.oid = ANY (${oids})
    UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, o.oid FROM pg_catalog.pg_type o
     WHERE o.typrelid <> 0 AND o.typrelid = ANY (${oids})`;
}
