import { isKept, type Omissions } from '../../catalog/omissions.ts';
import { PG_DUMP_MAJOR } from '../../connection/check-version.ts';
import type { QueryRows } from '../../connection/query-rows.ts';
import type { AddedClause } from './complete-entry.ts';

/** Values by the name of a catalog and the OID of a row. */
export type ByCatalogRow<Value> = ReadonlyMap<string, ReadonlyMap<number, Value>>;

/** Objects and clauses of a newer server that pg_dump does not know. */
export interface Additions {
  /** Clauses that pg_dump's entries lack, with one character per byte, like the script. */
  readonly clauses: ByCatalogRow<readonly AddedClause[]>;
  /** Rows that pg_dump misreads: their entries say the opposite of what the rows mean. */
  readonly misread: ReadonlyMap<string, ReadonlySet<number>>;
}

export const NO_ADDITIONS: Additions = { clauses: new Map(), misread: new Map() };

/**
 * Selects everything in the catalogs of 19 that pg_dump 19 writes and pg_dump 18 does not. (Their queries,
 * and their dumps of the same database, were compared.) These are: publications of ALL SEQUENCES;
 * publications with EXCEPT, whose rows of pg_publication_rel pg_dump 18 takes for tables to publish;
 * subscriptions by a SERVER, and three options of subscriptions; the CONNECTION function of a foreign data
 * wrapper; the SUPPORT function of an aggregate. Settings that are an empty list are also new, but they are
 * found in the text: see empty-lists.ts. Only superusers can read the connection strings of subscriptions, so
 * only they get entries for subscriptions.
 */
function additionsOf19(omissions: Pick<Omissions, 'rows'>): string {
  const kept = isKept(omissions, 'pg_class', 'r.prrelid');
  const excepted = `
    SELECT pg_catalog.string_agg(pg_catalog.format('TABLE ONLY %I.%I', n.nspname, c.relname), ', ' ORDER BY n.nspname, c.relname)
      FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE r.prpubid = p.oid AND r.prexcept AND ${kept}`;
  return `
    SELECT 'pg_publication' AS catalog, p.oid, 'publication objects' AS part,
           pg_catalog.concat_ws(', ',
             CASE WHEN p.puballtables THEN 'ALL TABLES' || coalesce(' EXCEPT (' || (${excepted}) || ')', '') END,
             CASE WHEN p.puballsequences THEN 'ALL SEQUENCES' END) AS clause
      FROM pg_catalog.pg_publication p
     WHERE p.puballsequences
        OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid AND r.prexcept)
    UNION ALL
    SELECT 'pg_publication_rel', r.oid, 'misread', '' FROM pg_catalog.pg_publication_rel r WHERE r.prexcept
    UNION ALL
    SELECT 'pg_subscription', s.oid, 'subscription server', pg_catalog.quote_ident(f.srvname)
      FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_foreign_server f ON f.oid = s.subserver
    UNION ALL
    SELECT 'pg_subscription', s.oid, 'subscription options', pg_catalog.concat_ws(', ',
             CASE WHEN s.subretaindeadtuples THEN 'retain_dead_tuples = true' END,
             CASE WHEN s.submaxretention <> 0 THEN 'max_retention_duration = ' || s.submaxretention END,
             CASE WHEN s.subwalrcvtimeout <> '-1'
                  THEN 'wal_receiver_timeout = ' || pg_catalog.quote_literal(s.subwalrcvtimeout) END)
      FROM pg_catalog.pg_subscription s
     WHERE s.subretaindeadtuples OR s.submaxretention <> 0 OR s.subwalrcvtimeout <> '-1'
    UNION ALL
    SELECT 'pg_foreign_data_wrapper', w.oid, 'wrapper connection',
           pg_catalog.format('%I.%I', n.nspname, f.proname)
      FROM pg_catalog.pg_foreign_data_wrapper w JOIN pg_catalog.pg_proc f ON f.oid = w.fdwconnection
      JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
    UNION ALL
    SELECT 'pg_proc', a.oid, 'aggregate support', pg_catalog.format('%I.%I', n.nspname, f.proname)
      FROM pg_catalog.pg_proc a JOIN pg_catalog.pg_proc f ON f.oid = a.prosupport
      JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
     WHERE a.prokind = 'a'`;
}

/** Reads the additions within the dumped snapshot. It sends no query to a server that pg_dump knows. */
export async function readAdditions(
  query: QueryRows,
  major: number,
  omitted: Omissions['rows'] = new Map(),
): Promise<Additions> {
  if (major <= PG_DUMP_MAJOR) return NO_ADDITIONS;
  const rows = await query(`
    SELECT a.catalog, a.oid::text AS oid, a.part,
           pg_catalog.encode(pg_catalog.convert_to(a.clause,
             CASE pg_catalog.getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END), 'hex') AS clause
      FROM (${additionsOf19({ rows: omitted })}) a`);
  const clauses = new Map<string, Map<number, AddedClause[]>>();
  const misread = new Map<string, Set<number>>();
  for (const row of rows) {
    const [catalog, oid, part] = [String(row.catalog), Number(row.oid), String(row.part)];
    if (part === 'misread') {
      misread.set(catalog, (misread.get(catalog) ?? new Set()).add(oid));
      continue;
    }
    const ofCatalog = clauses.get(catalog) ?? new Map<number, AddedClause[]>();
    const text = Buffer.from(String(row.clause), 'hex').toString('latin1');
    ofCatalog.set(oid, [...(ofCatalog.get(oid) ?? []), { part: part as AddedClause['part'], text }]);
    clauses.set(catalog, ofCatalog);
  }
  return { clauses, misread };
}
