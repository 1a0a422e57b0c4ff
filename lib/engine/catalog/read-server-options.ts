import type { QueryRows } from '../connection/query-rows.ts';
import { isKnownOption, type OptionHolder } from '../options/known-options.ts';
import { KNOWN_SERVER_OPTIONS, type ServerOptions } from '../options/server-options.ts';
import { FIRST_USER_OID } from './user-objects.ts';

/**
 * Reads the options that this server keeps by itself: those known by name, and others on the columns and
 * relations that initdb created. Nobody sets options on these, so an option there that no user can set is the
 * server's own.
 */
export async function readServerOptions(query: QueryRows): Promise<ServerOptions> {
  const [row] = await query(`
    SELECT ${optionNames('pg_attribute', 'attrelid', 'attoptions')} AS columns,
           ${optionNames('pg_class', 'oid', 'reloptions')} AS relations`);
  const own = (holder: OptionHolder, names: unknown) =>
    KNOWN_SERVER_OPTIONS[holder].union(
      new Set((JSON.parse(String(names)) as string[]).filter((name) => !isKnownOption(holder, name))),
    );
  return { column: own('column', row?.columns), relation: own('relation', row?.relations) };
}

/** SQL for a JSON array as text, so that the driver's type conversion does not matter. */
function optionNames(catalog: string, oid: string, options: string): string {
  return `coalesce((SELECT pg_catalog.json_agg(DISTINCT pg_catalog.split_part(option, '=', 1))::text
    FROM pg_catalog.${catalog} o CROSS JOIN LATERAL pg_catalog.unnest(o.${options}) option
   WHERE o.${oid} < ${FIRST_USER_OID}), '[]')`;
}
