import type pg from 'pg';
import { BARRIER } from './writer.ts';

/** What a database showed at one moment that no commit disturbed. */
export interface Truth {
  readonly lsn: string;
  readonly time: Date;
  readonly tables: Readonly<Record<string, string>>;
  readonly tickets: string;
}

export async function truthNow(client: pg.Client, tables: readonly string[]): Promise<Truth> {
  await client.query(`SELECT pg_advisory_lock(${BARRIER})`);
  try {
    const { rows } = await client.query<{ lsn: string; time: Date; tickets: string }>(
      `SELECT pg_current_wal_insert_lsn()::text AS lsn, date_trunc('milliseconds', clock_timestamp()) + interval '1 ms' AS time,
              (SELECT last_value::text FROM tickets) AS tickets`,
    );
    const [moment] = rows;
    if (!moment) throw new Error('no moment');
    const found = await digests(client, tables);
    // Whoever commits next does so at a later millisecond.
    await client.query('SELECT pg_sleep(0.003)');
    return { ...moment, tables: found };
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${BARRIER})`);
  }
}

export async function digests(client: pg.Client, tables: readonly string[]): Promise<Record<string, string>> {
  await client.query(`SET TimeZone = 'UTC'; SET extra_float_digits = 3`);
  const found: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await client.query(
      `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) AS digest FROM public.${table} t`,
    );
    found[table] = String(rows[0]?.digest);
  }
  return found;
}
