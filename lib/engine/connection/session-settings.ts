/**
 * Settings that every session of Lifeboat sets first, on the source and on the target, because COPY text and
 * pg_dump's output depend on them. They are sent by SET after connecting, because poolers refuse start-up
 * options. Databases and roles have settings of their own (ALTER DATABASE … SET, ALTER ROLE … SET) that
 * change how values are printed or read; these undo them. Settings that only decide how functions compute are
 * in catalog/session-defaults.ts.
 */
const OUTPUT_SETTINGS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['search_path', "''"],
  ['standard_conforming_strings', 'on'],
  ['quote_all_identifiers', 'off'],
  ['bytea_output', "'hex'"],
  ['lc_monetary', "'C'"],
  ['extra_float_digits', '3'],
  ['datestyle', "'ISO, MDY'"],
  ['intervalstyle', "'postgres'"],
  ['timezone', "'UTC'"],
  ['xmloption', "'content'"],
  ['row_security', 'off'],
  ['synchronize_seqscans', 'off'],
  // Otherwise an unquoted NULL in an array would be read as the text 'NULL', without an error.
  ['array_nulls', 'on'],
  ['backslash_quote', "'safe_encoding'"],
  // Otherwise `x = NULL` in a view or CHECK would be stored as `x IS NULL`.
  ['transform_null_equals', 'off'],
  // Otherwise a GIN index would leave out random rows, of a materialized view or under an extension's
  // condition.
  ['gin_fuzzy_search_limit', '0'],
  // Otherwise a statement that may be refused would end the session.
  ['exit_on_error', 'off'],
];

/**
 * Switches off just-in-time compilation (PostgreSQL manual, "Just-in-Time Compilation"). The server would
 * choose it for queries of a large catalog, but they end sooner without it (measured, 3,000 tables: a backup
 * takes 4.1 s instead of 4.9).
 */
const PLANNING: typeof OUTPUT_SETTINGS = [['jit', 'off']];

/** Time-outs to switch off. Servers older than `sinceMajor` do not have the parameter and would refuse it. */
const TIMEOUTS: ReadonlyArray<{ name: string; sinceMajor: number }> = [
  { name: 'statement_timeout', sinceMajor: 0 },
  { name: 'lock_timeout', sinceMajor: 0 },
  { name: 'idle_in_transaction_session_timeout', sinceMajor: 0 },
  { name: 'idle_session_timeout', sinceMajor: 14 },
  { name: 'transaction_timeout', sinceMajor: 17 },
];

/**
 * Further settings of a session that restores: those of pg_dump's header (pg_backup_archiver.c,
 * _doSetFixedOutputState), and those that a database or a role could have set so that objects would be
 * created differently.
 */
export const RESTORE_SETTINGS: readonly string[] = [
  // Only a superuser may set it, so it is set only if it differs.
  `DO $$BEGIN IF pg_catalog.current_setting('session_replication_role') <> 'origin' THEN SET session_replication_role = 'origin'; END IF; END$$`,
  // Otherwise a database with default_transaction_read_only could not be restored under its own settings.
  'SET default_transaction_read_only = off',
  "SET default_transaction_isolation = 'read committed'",
  'SET default_transaction_deferrable = off',
  'SET check_function_bodies = off',
  'SET client_min_messages = warning',
  "SET default_tablespace = ''",
  "SET temp_tablespaces = ''",
  'SET default_table_access_method = heap',
];

/**
 * One statement that makes a session print and read values as archives hold them, whatever was set before.
 */
export function setTextSettings(): string {
  const calls = OUTPUT_SETTINGS.map(([name, value]) => {
    return `pg_catalog.set_config('${name}', ${value.startsWith("'") ? value : `'${value}'`}, false)`;
  });
  return `SELECT ${calls.join(', ')}`;
}

/** Settings that decide how values are printed, by name, for a session in which names mean what the database says. */
export function printingSettings(): ReadonlyMap<string, string> {
  const others = new Set(['search_path', 'row_security']);
  return new Map(
    OUTPUT_SETTINGS.filter(([name]) => !others.has(name)).map(([name, value]) => [
      name,
      value.replaceAll("'", ''),
    ]),
  );
}

/**
 * Settings that decide how values are printed and read, one statement each. Time-outs are not included: a
 * session may have set its own.
 */
export function valueSettings(): string[] {
  return [...OUTPUT_SETTINGS, ...PLANNING].map(([name, value]) => `SET ${name} = ${value}`);
}

/** All settings, one statement each; `major` is the server's major version (`server_version_num / 10000`). */
export function sessionSettings(major: number): string[] {
  return [
    ...valueSettings(),
    ...TIMEOUTS.filter(({ sinceMajor }) => major >= sinceMajor).map(({ name }) => `SET ${name} = 0`),
  ];
}
