import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';

/** The parameters that a session can set, with their values. */
export type SessionState = ReadonlyMap<string, string>;

/** The parameters that a server reports to clients, as far as pg_dump reads them. */
const REPORTED = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'is_superuser',
  'standard_conforming_strings',
] as const;

export async function reportedParameters(query: QueryRows): Promise<Map<string, string>> {
  const columns = REPORTED.map((name) => `pg_catalog.current_setting('${name}') AS ${name}`);
  const [row = {}] = await query(`SELECT ${columns.join(', ')}`);
  return new Map(Object.entries(row).map(([name, value]) => [name, String(value)]));
}

export async function readSessionState(query: QueryRows): Promise<SessionState> {
  const rows = await query(
    "SELECT name, setting FROM pg_catalog.pg_settings WHERE context IN ('user', 'superuser')",
  );
  return new Map(rows.map(({ name, setting }) => [String(name), String(setting)]));
}

/**
 * Resets the parameters that pg_dump set: the encoding, date and interval styles, float digits, the search
 * path, time-outs, and from 17 on a ban on reading views (`restrict_nonsystem_relation_kind`), which would
 * make a later COPY fail. They are found by comparison, so that new ones are not missed. Returns their names.
 */
export async function restoreSessionState(query: QueryRows, before: SessionState): Promise<string[]> {
  const [after] = await Promise.all([readSessionState(query), query('DEALLOCATE ALL')]);
  const changed = [...after].flatMap(([name, setting]) => {
    const earlier = before.get(name);
    return earlier === undefined || earlier === setting ? [] : [{ name, setting: earlier }];
  });
  const settings = JSON.stringify(Object.fromEntries(changed.map(({ name, setting }) => [name, setting])));
  await query(
    `SELECT pg_catalog.set_config(key, value, false) FROM pg_catalog.json_each_text(${quoteLiteral(settings)})`,
  );
  return changed.map(({ name }) => name);
}
