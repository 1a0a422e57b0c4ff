import type { QueryRows } from '../connection/query-rows.ts';
import { catalogMajor } from './catalog-major.ts';
import { FIRST_USER_OID } from './user-objects.ts';

/** A field of EXTRACT in a stored expression that is not a plain word. */
export interface ExtractField {
  /** The object that holds it: `view public.v`. */
  readonly object: string;
  /** The bytes in the server's encoding, one character for each. */
  readonly field: string;
}

/**
 * From 14 on EXTRACT has functions of its own. Before, it is date_part with an ordinary string (release notes
 * of 14).
 */
const FIRST_MAJOR_WITH_EXTRACT = 14;

/**
 * extract(text, date), time, timetz, timestamp, timestamptz, interval: pg_proc.dat. Format 3 is
 * COERCE_SQL_SYNTAX.
 */
const CALL =
  /:funcid (?:6199|620[0-4]) [^{}]*?:funcformat 3 [^{}]*?:args \(\{CONST [^{}]*?:constvalue \d+ \[ ([-\d ]+) \]\}/g;
const PLAIN_WORD = /^[A-Za-z_\x80-\xff][\w$\x80-\xff]*$/;
/** Bytes of a text's length word. */
const HEADER_BYTES = 4;

const RELATION = 'c.oid::pg_catalog.regclass::text';

/** The catalogs that store expressions as trees; `tree` and `object` are SQL expressions. */
const STORED: ReadonlyArray<{ from: string; oid: string; tree: string; object: string; since?: number }> = [
  {
    from: 'pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class',
    oid: 'r.oid',
    tree: `r.ev_action::text || coalesce(r.ev_qual::text, '')`,
    object: `'view or rule on ' || ${RELATION}`,
  },
  {
    from: 'pg_catalog.pg_attrdef d JOIN pg_catalog.pg_class c ON c.oid = d.adrelid',
    oid: 'd.oid',
    tree: 'd.adbin::text',
    object: `'default of a column of ' || ${RELATION}`,
  },
  {
    from: 'pg_catalog.pg_constraint k',
    oid: 'k.oid',
    tree: 'k.conbin::text',
    object: `'constraint ' || pg_catalog.quote_ident(k.conname)`,
  },
  {
    from: 'pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid',
    oid: 'i.indexrelid',
    tree: `coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, '')`,
    object: `'index ' || ${RELATION}`,
  },
  {
    from: 'pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid',
    oid: 'p.oid',
    tree: `coalesce(p.polqual::text, '') || coalesce(p.polwithcheck::text, '')`,
    object: `'policy on ' || ${RELATION}`,
  },
  {
    from: 'pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid',
    oid: 't.oid',
    tree: 't.tgqual::text',
    object: `'trigger on ' || ${RELATION}`,
  },
  {
    from: 'pg_catalog.pg_proc f',
    oid: 'f.oid',
    tree: `coalesce(f.prosqlbody::text, '') || coalesce(f.proargdefaults::text, '')`,
    object: `'function ' || f.oid::pg_catalog.regprocedure::text`,
  },
  {
    from: 'pg_catalog.pg_class c',
    oid: 'c.oid',
    tree: 'c.relpartbound::text',
    object: `'partition ' || ${RELATION}`,
  },
  {
    from: 'pg_catalog.pg_partitioned_table k JOIN pg_catalog.pg_class c ON c.oid = k.partrelid',
    oid: 'k.partrelid',
    tree: 'k.partexprs::text',
    object: `'partition key of ' || ${RELATION}`,
  },
  {
    from: 'pg_catalog.pg_statistic_ext s',
    oid: 's.oid',
    tree: 's.stxexprs::text',
    object: `'statistics ' || pg_catalog.quote_ident(s.stxname)`,
  },
  {
    from: 'pg_catalog.pg_type t',
    oid: 't.oid',
    tree: 't.typdefaultbin::text',
    object: `'default of the type ' || t.oid::pg_catalog.regtype::text`,
  },
  {
    from: 'pg_catalog.pg_publication_rel p JOIN pg_catalog.pg_class c ON c.oid = p.prrelid',
    oid: 'p.oid',
    tree: 'p.prqual::text',
    object: `'publication of ' || ${RELATION}`,
    since: 15,
  },
];

/**
 * Reads EXTRACT's fields from the stored trees, because the text cannot be trusted. The parser accepts any
 * string as a field, and servers before August 2026 write it into definitions unquoted (CVE-2026-15741). So a
 * user who may create a view can inject SQL.
 */
export async function readExtractFields(query: QueryRows): Promise<ExtractField[]> {
  const major = await catalogMajor(query);
  if (major < FIRST_MAJOR_WITH_EXTRACT) return [];
  const selects = STORED.filter(({ since = 0 }) => major >= since).map(
    ({ from, oid, tree, object }) =>
      `SELECT ${object} AS object, ${tree} AS tree FROM ${from} WHERE ${oid} >= ${FIRST_USER_OID} AND ${tree} ~ ':funcid (6199|620[0-4]) '`,
  );
  const rows = await query(selects.join(' UNION ALL '));
  return rows.flatMap(({ object, tree }) =>
    fieldsIn(String(tree)).map((field) => ({ object: String(object), field })),
  );
}

/** The fields in a printed tree that are not plain words. */
export function fieldsIn(tree: string): string[] {
  return [...tree.matchAll(CALL)]
    .map(([, bytes = '']) =>
      Buffer.from(bytes.trim().split(' ').map(Number)).subarray(HEADER_BYTES).toString('latin1'),
    )
    .filter((field) => !PLAIN_WORD.test(field));
}
