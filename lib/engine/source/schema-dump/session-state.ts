import type pg from 'pg';

/** The parameters that a session can set, with their values. */
export type SessionState = ReadonlyMap<string, string>;

/** What a server reports to a client about itself, as far as pg_dump looks at it. */
const REPORTED = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'is_superuser',
  'standard_conforming_strings',
] as const;

export async function reportedParameters(client: pg.Client): Promise<Map<string, string>> {
  const columns = REPORTED.map((name) => `pg_catalog.current_setting('${name}') AS ${name}`);
  const { rows } = await client.query<Record<string, string>>(`SELECT ${columns.join(', ')}`);
  return new Map(Object.entries(rows[0] ?? {}));
}

export async function readSessionState(client: pg.Client): Promise<SessionState> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "SELECT name, setting FROM pg_catalog.pg_settings WHERE context IN ('user', 'superuser')",
  );
  return new Map(rows.map(({ name, setting }) => [name, setting]));
}

/**
 * Puts back what pg_dump set for itself: the encoding, date and interval styles, float digits, the search path,
 * time-outs, and from 17 on a ban on reading views (`restrict_nonsystem_relation_kind`) that would stop a later COPY.
 * Found by comparison, so that a new one is not missed. Returns the names.
 */
export async function restoreSessionState(client: pg.Client, before: SessionState): Promise<string[]> {
  await client.query('DEALLOCATE ALL');
  const after = await readSessionState(client);
  const changed = [...after].flatMap(([name, setting]) => {
    const earlier = before.get(name);
    return earlier === undefined || earlier === setting ? [] : [{ name, setting: earlier }];
  });
  await client.query('SELECT pg_catalog.set_config(key, value, false) FROM pg_catalog.json_each_text($1)', [
    JSON.stringify(Object.fromEntries(changed.map(({ name, setting }) => [name, setting]))),
  ]);
  return changed.map(({ name }) => name);
}
