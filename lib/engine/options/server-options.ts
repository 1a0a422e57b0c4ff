import { FIRST_USER_OID } from '../catalog/user-objects.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { isKnownOption, type OptionHolder } from './known-options.ts';

/** Options that a server keeps by itself: no user made them, no statement can set them, and another server has others. */
export type ServerOptions = Readonly<Record<OptionHolder, ReadonlySet<string>>>;

/**
 * Those that are known by name. Since the minor releases of November 2026 (15.20, 17.12) each column of a table, a view or
 * a composite type has `pg_attver=<number>`; the pg_dump of those releases leaves it out.
 */
export const KNOWN_SERVER_OPTIONS: ServerOptions = {
  column: new Set(['pg_attver']),
  relation: new Set(),
};

/**
 * Those of the server that is asked: the ones known by name, and whatever else stands on the columns and relations that initdb
 * made. Nobody sets anything on these, so an option there that no user can set is the server's own.
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

/** Those that are not known by name: a minor release after this version of Lifeboat brought them. */
export function unexpectedOptions(options: ServerOptions): Array<{ holder: OptionHolder; name: string }> {
  return (['column', 'relation'] as const).flatMap((holder) =>
    [...options[holder].difference(KNOWN_SERVER_OPTIONS[holder])].map((name) => ({ holder, name })),
  );
}

/** A JSON array as text, so that no driver's idea of a type matters. */
function optionNames(catalog: string, oid: string, options: string): string {
  return `coalesce((SELECT pg_catalog.json_agg(DISTINCT pg_catalog.split_part(option, '=', 1))::text
    FROM pg_catalog.${catalog} o CROSS JOIN LATERAL pg_catalog.unnest(o.${options}) option
   WHERE o.${oid} < ${FIRST_USER_OID}), '[]')`;
}
