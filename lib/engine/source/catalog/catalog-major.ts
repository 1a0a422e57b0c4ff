import type { QueryRows } from './query-rows.ts';

/** The server's major version: which columns its catalogs have. */
export async function catalogMajor(query: QueryRows): Promise<number> {
  const [version] = await query(`SELECT pg_catalog.current_setting('server_version_num') AS number`);
  return Math.floor(Number(version?.number) / 10_000);
}
