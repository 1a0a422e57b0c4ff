/**
 * What every session of ours sets, on the source and on the target alike, before anything that COPY text or pg_dump's
 * output could depend on. Sent by SET after connecting, because poolers refuse start-up options. Databases and roles
 * carry settings of their own (ALTER DATABASE … SET, ALTER ROLE … SET) that change how values are printed: this undoes them.
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

/** One statement a line; `major` is the server's major version (`server_version_num / 10000`). */
export function sessionSettings(major: number): string[] {
  return [
    ...[...OUTPUT_SETTINGS, ...PLANNING].map(([name, value]) => `SET ${name} = ${value}`),
    ...TIMEOUTS.filter(({ sinceMajor }) => major >= sinceMajor).map(({ name }) => `SET ${name} = 0`),
  ];
}
