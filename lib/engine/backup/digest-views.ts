import { notInExtension, USER_SCHEMA } from '../catalog/user-objects.ts';
import { digestOfView } from '../catalog/view-digest.ts';
import type { Session } from '../connection/connect.ts';

/** The digest of a materialized view's rows. */
export interface ViewDigest {
  readonly schema: string;
  readonly name: string;
  readonly digest: string;
}

/** The most bytes of views that are read: this question is worth about a second of the server's time. */
const BYTES_IN_ALL = 256 * 1024 * 1024;
const LONGEST_QUERY_MS = 30_000;

/**
 * Digests the rows of materialized views, for a database with settings of its own: these may be newer than
 * the rows, and only the rows tell under which settings they were computed. It needs its own session, because
 * it may fail: a view that is locked, dropped meanwhile or too large has no digest, and nothing else goes
 * wrong.
 */
export async function digestViews({ client }: Session): Promise<ViewDigest[]> {
  const found = await client.query<{ schema: string; name: string; oid: string; size: string }>(`
    SELECT n.nspname::text AS schema, c.relname::text AS name, c.oid::bigint::text AS oid,
           pg_catalog.pg_table_size(c.oid)::text AS size
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'm' AND c.relispopulated AND ${USER_SCHEMA}
       AND ${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })}
       AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
     ORDER BY pg_catalog.pg_table_size(c.oid), c.oid`);
  const digests = new Map<number, ViewDigest>();
  let bytesLeft = BYTES_IN_ALL;
  await client.query(`SET statement_timeout = ${LONGEST_QUERY_MS}; SET lock_timeout = 500`);
  for (const { schema, name, oid, size } of found.rows) {
    bytesLeft -= Number(size);
    if (bytesLeft < 0) break;
    await client.query('SAVEPOINT lifeboat');
    try {
      const { rows } = await client.query<{ digest: string }>(digestOfView({ schema, name }));
      digests.set(Number(oid), { schema, name, digest: String(rows[0]?.digest) });
    } catch {
      // A view that is locked, dropped or slow has no digest.
    }
    await client.query('ROLLBACK TO SAVEPOINT lifeboat');
  }
  // In the order of their creation, because a view may read another one.
  return [...digests].sort(([a], [b]) => a - b).map(([, digest]) => digest);
}
