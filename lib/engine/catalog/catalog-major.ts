import type { QueryRows } from '../connection/query-rows.ts';

/** By who asks: a session's server does not change. */
const known = new WeakMap<QueryRows, Promise<number>>();

/** The server's major version: which columns its catalogs have. Asked once of each session. */
export function catalogMajor(query: QueryRows): Promise<number> {
  const major = known.get(query) ?? readMajor(query);
  known.set(query, major);
  return major;
}

async function readMajor(query: QueryRows): Promise<number> {
  const [version] = await query(`SELECT pg_catalog.current_setting('server_version_num') AS number`);
  return Math.floor(Number(version?.number) / 10_000);
}
