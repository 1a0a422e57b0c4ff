import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { FIRST_USER_OID } from './user-objects.ts';

/** Relations of sessions and TOAST tables come and go without a change of the schema. */
const OWN_RELATION = `c.oid >= ${FIRST_USER_OID} AND c.relpersistence <> 't' AND c.relkind <> 't' AND c.relkind <> 'i' AND c.relkind <> 'I'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.oid = c.relnamespace AND n.nspname ~ '^pg_(toast|temp)')`;
const OF_RELATION = (oid: string) =>
  `EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = ${oid} AND ${OWN_RELATION})`;
const NOT_TEMPORARY = (namespace: string) =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.oid = ${namespace} AND n.nspname ~ '^pg_(toast|temp)')`;

/**
 * What the hash covers. A row's xmin tells an ALTER that was taken back again: its rows were written under another
 * type. pg_class has none here, because ANALYZE and TRUNCATE write it, and so have pg_constraint and indexes, because
 * REINDEX CONCURRENTLY does, which changes nothing.
 */
const PARTS: readonly string[] = [
  `SELECT 'class', pg_catalog.concat_ws(' ', c.oid, c.relname, c.relnamespace, c.reltype, c.relowner, c.relkind, c.relpersistence, c.relreplident,
     c.relrowsecurity, c.relforcerowsecurity, c.relispartition, pg_catalog.pg_get_expr(c.relpartbound, c.oid), c.reloptions::text, c.relacl::text)
     FROM pg_catalog.pg_class c WHERE ${OWN_RELATION}`,
  `SELECT 'attribute', pg_catalog.concat_ws(' ', a.attrelid, a.attnum, a.attname, a.xmin) FROM pg_catalog.pg_attribute a
     WHERE a.attnum > 0 AND ${OF_RELATION('a.attrelid')}`,
  `SELECT 'default', pg_catalog.concat_ws(' ', d.oid, d.adrelid, d.adnum, d.xmin) FROM pg_catalog.pg_attrdef d WHERE ${OF_RELATION('d.adrelid')}`,
  `SELECT 'constraint', pg_catalog.concat_ws(' ', o.oid, o.conname, o.conrelid, o.contypid, o.contype, o.convalidated, o.conkey::text, pg_catalog.md5(o.conbin::text))
     FROM pg_catalog.pg_constraint o WHERE (o.conrelid = 0 AND ${NOT_TEMPORARY('o.connamespace')}) OR ${OF_RELATION('o.conrelid')}`,
  `SELECT 'index', pg_catalog.concat_ws(' ', i.indrelid, i.indisunique, i.indisprimary, i.indisreplident, i.indisvalid, i.indkey::text, x.relname,
     pg_catalog.md5(i.indexprs::text), pg_catalog.md5(i.indpred::text))
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indisvalid AND ${OF_RELATION('i.indrelid')}`,
  `SELECT 'inherits', pg_catalog.concat_ws(' ', h.inhrelid, h.inhparent, h.xmin) FROM pg_catalog.pg_inherits h WHERE ${OF_RELATION('h.inhrelid')}`,
  `SELECT 'trigger', pg_catalog.concat_ws(' ', g.oid, g.tgrelid, g.tgname, g.tgenabled, g.xmin) FROM pg_catalog.pg_trigger g
     WHERE NOT g.tgisinternal AND ${OF_RELATION('g.tgrelid')}`,
  `SELECT 'policy', pg_catalog.concat_ws(' ', p.oid, p.polrelid, p.xmin) FROM pg_catalog.pg_policy p WHERE ${OF_RELATION('p.polrelid')}`,
  `SELECT 'rule', pg_catalog.concat_ws(' ', r.oid, r.ev_class, r.xmin) FROM pg_catalog.pg_rewrite r WHERE ${OF_RELATION('r.ev_class')}`,
  `SELECT 'sequence', pg_catalog.concat_ws(' ', s.seqrelid, s.seqtypid, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle)
     FROM pg_catalog.pg_sequence s WHERE ${OF_RELATION('s.seqrelid')}`,
  `SELECT 'type', pg_catalog.concat_ws(' ', t.oid, t.typname, t.xmin) FROM pg_catalog.pg_type t
     WHERE t.oid >= ${FIRST_USER_OID} AND ${NOT_TEMPORARY('t.typnamespace')} AND (t.typrelid = 0 OR ${OF_RELATION('t.typrelid')})`,
  `SELECT 'label', pg_catalog.concat_ws(' ', e.oid, e.xmin) FROM pg_catalog.pg_enum e`,
  `SELECT 'range', pg_catalog.concat_ws(' ', r.rngtypid, r.rngsubtype) FROM pg_catalog.pg_range r WHERE r.rngtypid >= ${FIRST_USER_OID}`,
  `SELECT 'function', pg_catalog.concat_ws(' ', f.oid, f.xmin) FROM pg_catalog.pg_proc f
     WHERE f.oid >= ${FIRST_USER_OID} AND ${NOT_TEMPORARY('f.pronamespace')}`,
  `SELECT 'schema', pg_catalog.concat_ws(' ', n.oid, n.nspname, n.xmin) FROM pg_catalog.pg_namespace n
     WHERE n.oid >= ${FIRST_USER_OID} AND n.nspname !~ '^pg_(toast|temp)'`,
  ...[
    'pg_collation',
    'pg_operator',
    'pg_opclass',
    'pg_cast',
    'pg_extension',
    'pg_conversion',
    'pg_ts_config',
    'pg_ts_dict',
    'pg_statistic_ext',
    'pg_foreign_server',
    'pg_event_trigger',
  ].map(
    (name) =>
      `SELECT '${name}', pg_catalog.concat_ws(' ', o.oid, o.xmin) FROM pg_catalog.${name} o WHERE o.oid >= ${FIRST_USER_OID}`,
  ),
];

/**
 * MD5 over the rows of the catalog that describe the database's objects, as the statement's snapshot shows them. Equal
 * hashes: no schema change was committed between the two. Another server's hash says nothing. It is no fingerprint
 * (fingerprint/), whose parts have names and can be compared between servers; it costs one query, and nothing moves it
 * that changes no schema: ANALYZE, TRUNCATE, VACUUM, REINDEX, temporary tables.
 */
export function catalogHashSql(): string {
  return md5Of(PARTS);
}

/** The same over a publication and its tables, by its name. */
export function publicationHashSql(publication: string): string {
  const name = quoteLiteral(publication);
  return md5Of([
    `SELECT 'publication', pg_catalog.concat_ws(' ', p.oid, p.xmin) FROM pg_catalog.pg_publication p WHERE p.pubname = ${name}`,
    `SELECT 'table', pg_catalog.concat_ws(' ', r.oid, r.prrelid, r.xmin) FROM pg_catalog.pg_publication_rel r
       JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid WHERE p.pubname = ${name}`,
  ]);
}

export async function readCatalogHash(query: QueryRows): Promise<string> {
  const [row] = await query(`SELECT ${catalogHashSql()} AS hash`);
  return String(row?.hash);
}

function md5Of(parts: readonly string[]): string {
  return `(SELECT pg_catalog.md5(COALESCE(pg_catalog.string_agg(part || ' ' || line, E'\\n' ORDER BY part COLLATE "C", line COLLATE "C"), ''))
    FROM (${parts.join('\nUNION ALL\n')}) AS lines (part, line))`;
}
