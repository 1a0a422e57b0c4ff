import { FIRST_USER_OID } from '../../catalog/user-objects.ts';
import { PG_DUMP_MAJOR } from '../../connection/check-version.ts';
import type { QueryRows } from '../../connection/query-rows.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import { KNOWN_CATALOGS } from './known-catalogs.ts';

/** A catalog column with a letter for the kind of a row, and all letters that are known. */
interface KindColumn {
  readonly catalog: string;
  readonly column: string;
  readonly known: string;
  /** An SQL expression for the name of the row. */
  readonly name: string;
}

/** The manual explains the letters in "System Catalogs". '-' stands for an empty value. */
const KIND_COLUMNS: readonly KindColumn[] = [
  { catalog: 'pg_class', column: 'relkind', known: 'rpiIStvmcf', name: 'o.oid::pg_catalog.regclass::text' },
  { catalog: 'pg_type', column: 'typtype', known: 'bcdeprm', name: 'o.oid::pg_catalog.regtype::text' },
  { catalog: 'pg_proc', column: 'prokind', known: 'fpaw', name: 'o.oid::pg_catalog.regprocedure::text' },
  {
    catalog: 'pg_constraint',
    column: 'contype',
    known: 'cfnptux',
    name: 'pg_catalog.quote_ident(o.conname)',
  },
  {
    catalog: 'pg_collation',
    column: 'collprovider',
    known: 'dbci',
    name: 'pg_catalog.quote_ident(o.collname)',
  },
  { catalog: 'pg_am', column: 'amtype', known: 'ti', name: 'pg_catalog.quote_ident(o.amname)' },
  { catalog: 'pg_cast', column: 'castmethod', known: 'fbi', name: 'o.castsource::pg_catalog.regtype::text' },
  { catalog: 'pg_policy', column: 'polcmd', known: 'rawd*', name: 'pg_catalog.quote_ident(o.polname)' },
  { catalog: 'pg_default_acl', column: 'defaclobjtype', known: 'rSfTnL', name: `'default privileges'` },
  { catalog: 'pg_publication', column: 'pubgencols', known: 'ns', name: 'pg_catalog.quote_ident(o.pubname)' },
];

/**
 * Checks a server that is newer than pg_dump. Throws `source-object-unknown` if the database holds objects of
 * an unknown kind or in an unknown catalog, because pg_dump would silently leave them out. Returns unknown
 * columns of known catalogs, such as `pg_class.relnew`, which a later minor version may have added: Lifeboat
 * cannot tell whether anything depends on them.
 */
export async function refuseUnknownObjects(query: QueryRows, major: number): Promise<string[]> {
  if (major <= PG_DUMP_MAJOR) return [];
  const [kinds, catalogs] = await Promise.all([query(unknownKinds()), query(CATALOGS)]);
  const objects = kinds.map(({ name }) => String(name));
  const columns: string[] = [];
  for (const row of catalogs) {
    const [catalog, all] = [String(row.catalog), String(row.columns).split(' ')];
    const known = KNOWN_CATALOGS[catalog]?.split(' ');
    if (known === undefined) {
      if (await holdsObjects(query, catalog, all)) objects.push(`rows of the catalog ${catalog}`);
      else columns.push(catalog);
    } else if (known[0] !== '*') {
      columns.push(...all.filter((one) => !known.includes(one)).map((one) => `${catalog}.${one}`));
    }
  }
  if (objects.length > 0) throw unknown(objects, major);
  return columns;
}

/** A warning about unknown columns; `undefined` if there are none. */
export function describeUnknownColumns(columns: readonly string[]): string | undefined {
  if (columns.length === 0) return undefined;
  return `This server's catalogs have columns that this Lifeboat does not know: ${columns.join(', ')}. If something in the database uses them, the backup lacks it. A newer Lifeboat may know them.`;
}

function unknownKinds(): string {
  return KIND_COLUMNS.map(
    ({ catalog, column, known, name }) => `
      SELECT ${name} || ' (${catalog}.${column} ' || o.${column}::text || ')' AS name FROM pg_catalog.${catalog} o
       WHERE o.oid >= ${FIRST_USER_OID} AND pg_catalog.strpos('${known}', o.${column}::text) = 0`,
  ).join(' UNION ALL ');
}

const CATALOGS = `
  SELECT c.relname::text AS catalog, pg_catalog.string_agg(a.attname::text, ' ' ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
   WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r' AND c.oid < ${FIRST_USER_OID}
     AND a.attnum > 0 AND NOT a.attisdropped
   GROUP BY c.relname ORDER BY c.relname`;

/** Whether a catalog holds objects of users. Rows without an OID belong to rows that have one. */
async function holdsObjects(query: QueryRows, catalog: string, columns: readonly string[]): Promise<boolean> {
  if (!columns.includes('oid')) return false;
  const [row] = await query(
    `SELECT EXISTS (SELECT FROM pg_catalog.${quoteIdentifier(catalog)} o WHERE o.oid >= ${FIRST_USER_OID})::text AS found`,
  );
  return row?.found === 'true';
}

function unknown(objects: readonly string[], major: number): LifeboatError {
  const named = objects.slice(0, 10).join(', ');
  const more = objects.length > 10 ? ` and ${objects.length - 10} more` : '';
  return new LifeboatError({
    code: 'source-object-unknown',
    kind: 'source',
    what: `The source, PostgreSQL ${major}, holds objects of a kind that this Lifeboat does not know: ${named}${more}.`,
    meaning: `Its pg_dump ${PG_DUMP_MAJOR} would leave them out silently, so no backup was made.`,
    remedy: `Install a newer Lifeboat. If there is none yet, back up this database with the pg_dump of PostgreSQL ${major}, or drop these objects.`,
  });
}
