import type pg from 'pg';
import { readContents } from '../fidelity/read-contents.ts';

/** In the order in which they were made, which is that of their dependencies. */
const POPULATED = `
  SELECT format('%I.%I', n.nspname, c.relname) AS view
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid`;

/**
 * Computes every materialized view anew, as each restore will, and answers the relations, as {@link readContents} names them, that
 * hold something else when they are computed once more (`now()`, say): no two restores of them are equal.
 */
export async function refreshMaterializedViews(client: pg.Client): Promise<string[]> {
  await client.query('RESET search_path');
  const views: string[] = (await client.query(POPULATED)).rows.map(({ view }) => view);
  const refreshed = async () => {
    for (const view of views) await client.query(`REFRESH MATERIALIZED VIEW ${view}`);
    return await readContents(client);
  };
  const [first, second] = [await refreshed(), await refreshed()];
  return first.filter((line) => !second.includes(line)).map((line) => line.slice(0, line.lastIndexOf(': ')));
}
