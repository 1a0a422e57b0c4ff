import type { QueryRows } from '../connection/query-rows.ts';

/** The version by session: the server of a session does not change. */
const known = new WeakMap<QueryRows, Promise<number>>();

/** The server's major version, which decides the columns of its catalogs. Each session is asked only once. */
export function catalogMajor(query: QueryRows): Promise<number> {
  const major = known.get(query) ?? readMajor(query);
  known.set(query, major);
  return major;
}

async function readMajor(query: QueryRows): Promise<number> {
  const [version] = await query(`SELECT pg_catalog.current_setting('server_version_num') AS number`);
  return Math.floor(Number(version?.number) / 10_000);
}
