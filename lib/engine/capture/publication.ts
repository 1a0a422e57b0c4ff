import type pg from 'pg';
import type { CoveredTable, UncoveredObject } from '../archive/changes/change-records.ts';
import { notInExtension, USER_SCHEMA } from '../catalog/user-objects.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';

export interface Coverage {
  readonly covered: readonly CoveredTable[];
  readonly notCovered: readonly UncoveredObject[];
}

/**
 * Which tables a publication may have: those whose changed rows can be found. A published table without a replica
 * identity would make the application's UPDATE and DELETE fail (PostgreSQL manual, "Publication").
 */
export async function readCoverage(query: QueryRows): Promise<Coverage> {
  const [tables, [others]] = await Promise.all([
    query(`
      SELECT c.oid::text AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
             c.relpersistence::text AS persistence, c.relreplident::text AS identity,
             pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
             COALESCE((SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)
                FROM pg_catalog.pg_index i, LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
               WHERE i.indrelid = c.oid AND i.indisvalid AND k.place <= i.indnkeyatts
                 AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)::text, '[]') AS key
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'f') AND c.relpersistence <> 't' AND ${USER_SCHEMA}
         AND ${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })}
       ORDER BY n.nspname, c.relname`),
    query(`
      SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS large_objects`),
  ]);
  const covered: CoveredTable[] = [];
  const notCovered: UncoveredObject[] = [];
  for (const row of tables) {
    const [schema, name] = [String(row.schema), String(row.name)];
    const key = JSON.parse(String(row.key)) as string[];
    const reason =
      row.kind === 'f'
        ? 'foreign'
        : row.persistence === 'u'
          ? 'unlogged'
          : row.identity !== 'f' && key.length === 0
            ? 'no-key'
            : row.owned !== true
              ? 'not-owned'
              : undefined;
    if (reason) notCovered.push({ name: `${schema}.${name}`, what: 'table', reason });
    else {
      const identity = row.identity === 'f' ? 'full' : row.identity === 'i' ? 'index' : 'primary-key';
      covered.push({ oid: Number(row.oid), schema, name, identity, key });
    }
  }
  if (others?.large_objects === true)
    notCovered.push({ name: 'large objects', what: 'large objects', reason: 'not-captured' });
  return { covered, notCovered };
}

/** Makes the publication list exactly these tables, and commits. A table without a key any more must leave it at once. */
export async function alignPublication(
  client: pg.Client,
  query: QueryRows,
  name: string,
  { covered }: Coverage,
): Promise<void> {
  const publication = quoteIdentifier(name);
  const [state] = await query(`
    SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication p WHERE p.pubname = ${quoteLiteral(name)})::int AS publications,
           (SELECT COALESCE(pg_catalog.array_agg(r.prrelid::text), '{}') FROM pg_catalog.pg_publication_rel r
              JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid WHERE p.pubname = ${quoteLiteral(name)}) AS tables`);
  const listed = new Set(((state?.tables ?? []) as string[]).map(Number));
  const list = covered.map(({ schema, name: table }) => `ONLY ${qualifiedName(schema, table)}`).join(', ');
  const isSame = listed.size === covered.length && covered.every(({ oid }) => listed.has(oid));
  await client.query("SET lock_timeout = '5s'");
  if (state?.publications !== 1) {
    await client.query(`CREATE PUBLICATION ${publication}${list === '' ? '' : ` FOR TABLE ${list}`}`);
  } else if (!isSame && list !== '') {
    await client.query(`ALTER PUBLICATION ${publication} SET TABLE ${list}`);
  } else if (!isSame) {
    await client.query(`DROP PUBLICATION ${publication}`);
    await client.query(`CREATE PUBLICATION ${publication}`);
  }
  await client.query('SET lock_timeout = 0');
}
