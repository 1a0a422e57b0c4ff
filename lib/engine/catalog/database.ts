import type { QueryRows } from '../connection/query-rows.ts';
import { catalogMajor } from './catalog-major.ts';

/** The facts about server and database in a manifest. */
export interface DatabaseFacts {
  /** `15.18 (Debian 15.18-1)`, as the server names itself. */
  readonly version: string;
  /** `server_version_num`: 150018. */
  readonly versionNumber: number;
  readonly database: string;
  /** pg_database.oid, which does not change when the database is renamed. */
  readonly databaseOid: number;
  /** PostgreSQL's name of the encoding: `UTF8`, `SQL_ASCII`. */
  readonly encoding: string;
  /** `libc`, `icu`, or from 17 on `builtin`. */
  readonly localeProvider: string;
  readonly collate: string | null;
  readonly ctype: string | null;
  /** The locale of ICU or builtin. */
  readonly locale: string | null;
  /** ICU's tailoring rules, from 16 on. */
  readonly icuRules: string | null;
  /** Null if the host does not let this role read it. */
  readonly systemIdentifier: string | null;
  readonly timeline: number | null;
  readonly standby: boolean;
}

/**
 * Reads the facts. It is safe inside a transaction: it does not call functions that the role may not call.
 */
export async function readDatabaseFacts(query: QueryRows): Promise<DatabaseFacts> {
  const major = await catalogMajor(query);
  const locale = major >= 17 ? 'd.datlocale' : major >= 15 ? 'd.daticulocale' : 'NULL';
  const described = query(`
    SELECT pg_catalog.json_build_object(
             'version', pg_catalog.current_setting('server_version'),
             'versionNumber', pg_catalog.current_setting('server_version_num')::integer,
             'database', d.datname,
             'databaseOid', d.oid::bigint,
             'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
             'localeProvider', ${
               major >= 15
                 ? `CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END`
                 : `'libc'`
             },
             'collate', d.datcollate, 'ctype', d.datctype, 'locale', ${locale},
             'icuRules', ${major >= 16 ? 'd.daticurules' : 'NULL'},
             'standby', pg_catalog.pg_is_in_recovery())::text AS facts
      FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`);
  const [[row], system, timeline] = await Promise.all([
    described,
    readIfAllowed(query, 'pg_control_system', 'system_identifier'),
    readIfAllowed(query, 'pg_control_checkpoint', 'timeline_id'),
  ]);
  const facts = JSON.parse(String(row?.facts)) as Omit<DatabaseFacts, 'systemIdentifier' | 'timeline'>;
  return { ...facts, systemIdentifier: system, timeline: timeline === null ? null : Number(timeline) };
}

/**
 * Some hosts revoke the right to call these functions, and an error would end the transaction and its
 * snapshot.
 */
async function readIfAllowed(query: QueryRows, name: string, column: string): Promise<string | null> {
  const [right] = await query(`
    SELECT (pg_catalog.has_function_privilege('pg_catalog.${name}()', 'EXECUTE'))::text AS allowed`);
  if (right?.allowed !== 'true') return null;
  const [row] = await query(`SELECT ${column}::text AS value FROM pg_catalog.${name}()`);
  return row?.value === undefined || row.value === null ? null : String(row.value);
}
