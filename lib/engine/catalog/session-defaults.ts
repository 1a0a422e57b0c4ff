import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { looksSecret, type Setting } from './settings.ts';

export interface SessionDefault extends Setting {
  /**
   * Set by ALTER DATABASE or ALTER ROLE ALL, for the database or the whole server. It may be newer than the
   * rows.
   */
  readonly ofDatabase?: true;
}

/**
 * Settings that change what a function computes from the same arguments, but not what COPY text means. Only
 * `lc_monetary` changes both: see restore/compute-as-source.ts.
 */
const COMPUTING = [
  'bytea_output',
  'DateStyle',
  'default_text_search_config',
  'extra_float_digits',
  'IntervalStyle',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'TimeZone',
  'timezone_abbreviations',
  'xmlbinary',
];

/**
 * Reads the settings of a new session in this database that decide how functions compute: the server's
 * configuration, the database's own settings (ALTER DATABASE … SET), and settings of extensions and
 * applications that the database sets (`app.region`, `pg_trgm.similarity_threshold`), except those that look
 * like secrets. Settings of single roles are not included, not even those of the current role, because nobody
 * knows which role computed a value.
 */
export async function readSessionDefaults(query: QueryRows): Promise<SessionDefault[]> {
  const names = COMPUTING.map(quoteLiteral).join(', ');
  const rows = await query(`
    WITH set_by AS (
      SELECT s.setrole, s.setdatabase, pg_catalog.split_part(one.setting, '=', 1) AS name,
             pg_catalog.substr(one.setting, pg_catalog.strpos(one.setting, '=') + 1) AS value
        FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) one(setting)
       WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d
                                    WHERE d.datname = pg_catalog.current_database()))
         AND (s.setrole = 0 OR s.setrole = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = SESSION_USER))),
    of_all AS (
      SELECT DISTINCT ON (pg_catalog.lower(name)) name, value FROM set_by WHERE setrole = 0
       ORDER BY pg_catalog.lower(name), setdatabase DESC)
    SELECT s.name, coalesce(a.value, s.reset_val) AS value, (a.name IS NOT NULL)::text AS of_database
      FROM pg_catalog.pg_settings s LEFT JOIN of_all a ON pg_catalog.lower(a.name) = pg_catalog.lower(s.name)
     WHERE s.name IN (${names})
       AND (a.name IS NOT NULL OR NOT EXISTS (
         SELECT FROM set_by b WHERE b.setrole <> 0 AND pg_catalog.lower(b.name) = pg_catalog.lower(s.name)))
    UNION ALL
    SELECT a.name, a.value, 'true' FROM of_all a WHERE pg_catalog.strpos(a.name, '.') > 0
     ORDER BY 1`);
  return rows
    .map(({ name, value, of_database }) => ({
      name: String(name),
      value: String(value ?? ''),
      ...(of_database === 'true' ? { ofDatabase: true as const } : {}),
    }))
    .filter((setting) => !looksSecret(setting));
}
