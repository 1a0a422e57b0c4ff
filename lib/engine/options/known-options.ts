/**
 * The owner of an option: a column (`ALTER COLUMN … SET`, pg_attribute.attoptions) or a relation (`WITH`,
 * pg_class.reloptions).
 */
export type OptionHolder = 'column' | 'relation';

/**
 * The options that a user can set in PostgreSQL 13 to 19, except for access methods of extensions (PostgreSQL
 * manual, "ALTER TABLE", "CREATE TABLE, Storage Parameters", "CREATE INDEX, Index Storage Parameters",
 * "CREATE VIEW"; reloptions.c).
 */
const KNOWN: Readonly<Record<OptionHolder, ReadonlySet<string>>> = {
  column: new Set(['n_distinct', 'n_distinct_inherited']),
  relation: new Set([
    'autosummarize',
    'autovacuum_analyze_scale_factor',
    'autovacuum_analyze_threshold',
    'autovacuum_enabled',
    'autovacuum_freeze_max_age',
    'autovacuum_freeze_min_age',
    'autovacuum_freeze_table_age',
    'autovacuum_multixact_freeze_max_age',
    'autovacuum_multixact_freeze_min_age',
    'autovacuum_multixact_freeze_table_age',
    'autovacuum_parallel_workers',
    'autovacuum_vacuum_cost_delay',
    'autovacuum_vacuum_cost_limit',
    'autovacuum_vacuum_insert_scale_factor',
    'autovacuum_vacuum_insert_threshold',
    'autovacuum_vacuum_max_threshold',
    'autovacuum_vacuum_scale_factor',
    'autovacuum_vacuum_threshold',
    'buffering',
    'check_option',
    'deduplicate_items',
    'fastupdate',
    'fillfactor',
    'gin_pending_list_limit',
    'log_autoanalyze_min_duration',
    'log_autovacuum_min_duration',
    'pages_per_range',
    'parallel_workers',
    'security_barrier',
    'security_invoker',
    'toast_tuple_target',
    'user_catalog_table',
    'vacuum_cleanup_index_scale_factor',
    'vacuum_index_cleanup',
    'vacuum_max_eager_freeze_failure_rate',
    'vacuum_truncate',
  ]),
};

/** Options of views that decide who may see or write which rows. They must never be left out. */
const GUARDING: ReadonlySet<string> = new Set(['check_option', 'security_barrier', 'security_invoker']);

export function isKnownOption(holder: OptionHolder, name: string): boolean {
  return KNOWN[holder].has(name);
}

/**
 * Whether the option affects only speed, space or maintenance, so that an object without it behaves the same.
 */
export function isDispensable(name: string): boolean {
  return !GUARDING.has(name);
}

/** The name of an option in a catalog's array: `n_distinct` of `n_distinct=5`. */
export function optionName(option: string): string {
  const equals = option.indexOf('=');
  return equals === -1 ? option : option.slice(0, equals);
}
