/**
 * What every session of ours sets, on the source and on the target alike, before anything that COPY text or pg_dump's
 * output could depend on. Sent by SET after connecting, because poolers refuse start-up options. Databases and roles
 * carry settings of their own (ALTER DATABASE … SET, ALTER ROLE … SET) that change how values are printed or read: this
 * undoes them. What only decides how functions compute is not here: see catalog/session-defaults.ts.
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
  // An unquoted NULL in an array would be read as the text 'NULL', without an error.
  ['array_nulls', 'on'],
  ['backslash_quote', "'safe_encoding'"],
  // `x = NULL` in a view or CHECK would be stored as `x IS NULL`.
  ['transform_null_equals', 'off'],
  // A GIN index would leave out rows at random: of a materialized view, of an extension's condition.
  ['gin_fuzzy_search_limit', '0'],
  // A statement that is refused, and may be, would end the session.
  ['exit_on_error', 'off'],
];

/**
 * Not compiled by the server (PostgreSQL manual, "Just-in-Time Compilation"): a look at a large catalog is estimated dear enough
 * for it, and is over sooner without (measured, 3,000 tables: a backup of 4.9 s takes 4.1).
 */
const PLANNING: typeof OUTPUT_SETTINGS = [['jit', 'off']];

/** `sinceMajor`: older servers do not know the parameter and would refuse it. */
const TIMEOUTS: ReadonlyArray<{ name: string; sinceMajor: number }> = [
  { name: 'statement_timeout', sinceMajor: 0 },
  { name: 'lock_timeout', sinceMajor: 0 },
  { name: 'idle_in_transaction_session_timeout', sinceMajor: 0 },
  { name: 'idle_session_timeout', sinceMajor: 14 },
  { name: 'transaction_timeout', sinceMajor: 17 },
];

/**
 * What a session that restores sets besides: what pg_dump's header would say (pg_backup_archiver.c,
 * _doSetFixedOutputState), and what a database or a role could have set so that objects are made otherwise.
 */
export const RESTORE_SETTINGS: readonly string[] = [
  // Only a superuser may set it, and has to only where it is not so already.
  `DO $$BEGIN IF pg_catalog.current_setting('session_replication_role') <> 'origin' THEN SET session_replication_role = 'origin'; END IF; END$$`,
  // Otherwise a database with default_transaction_read_only could not be restored by its own settings.
  'SET default_transaction_read_only = off',
  "SET default_transaction_isolation = 'read committed'",
  'SET default_transaction_deferrable = off',
  'SET check_function_bodies = off',
  'SET client_min_messages = warning',
  "SET default_tablespace = ''",
  "SET temp_tablespaces = ''",
  'SET default_table_access_method = heap',
];

/** One statement that makes a session print and read values as archives hold them, whatever was set meanwhile. */
export function setTextSettings(): string {
  const calls = OUTPUT_SETTINGS.map(([name, value]) => {
    return `pg_catalog.set_config('${name}', ${value.startsWith("'") ? value : `'${value}'`}, false)`;
  });
  return `SELECT ${calls.join(', ')}`;
}

/** What decides how values are printed and read, one statement each; no time-outs, which a session may have set otherwise since. */
export function valueSettings(): string[] {
  return [...OUTPUT_SETTINGS, ...PLANNING].map(([name, value]) => `SET ${name} = ${value}`);
}

/** One statement a line; `major` is the server's major version (`server_version_num / 10000`). */
export function sessionSettings(major: number): string[] {
  return [
    ...valueSettings(),
    ...TIMEOUTS.filter(({ sinceMajor }) => major >= sinceMajor).map(({ name }) => `SET ${name} = 0`),
  ];
}
