/**
 * The constructs in pg_dump's scripts, with the first major version that can read each (release notes;
 * pg_dump.c and gram.y of 18). Only constructs that pg_dump itself writes are here: the source's own server
 * writes expressions, queries and index definitions. test/integration/schema-dump/constructs.test.ts checks
 * every number with real servers.
 */
export const FIRST_MAJOR = {
  /**
   * `NOT NULL col`, or with a name, among the elements of a table. pg_dump writes it for a child's own NOT
   * NULL from any source.
   */
  'NOT NULL as a table constraint': 18,
  'NOT NULL … NO INHERIT': 18,
  'a constraint NOT ENFORCED': 18,
  'a virtual generated column': 18,
  'WITHOUT OVERLAPS or PERIOD in a key': 18,
  'default privileges ON LARGE OBJECTS': 18,
  'the privilege MAINTAIN': 17,
  'a builtin collation': 17,
  'RULES of a collation': 16,
  'NULLS NOT DISTINCT': 15,
  'SET NULL or SET DEFAULT of chosen columns': 15,
  'an unlogged sequence': 15,
  /** LOGGED of an identity column in an unlogged table. pg_dump writes it for any source. */
  'LOGGED of a sequence': 15,
  'security_invoker of a view': 15,
  'a publication of schemas': 15,
  'a publication with columns or WHERE': 15,
  'SET ACCESS METHOD of a table': 15,
  'SET COMPRESSION': 14,
  MULTIRANGE_TYPE_NAME: 14,
  'a routine with an SQL body': 14,
  'statistics on expressions': 14,
} as const satisfies Readonly<Record<string, number>>;

export type Construct = keyof typeof FIRST_MAJOR;

/**
 * Options of CREATE SUBSCRIPTION. pg_dump 18 writes some of them for older sources too, because their default
 * has changed (pg_dump.c, dumpSubscription): `run_as_owner` for sources before 16, `streaming` for all.
 */
export const SUBSCRIPTION_OPTIONS: Readonly<Record<string, number>> = {
  binary: 14,
  streaming: 14,
  two_phase: 15,
  disable_on_error: 15,
  origin: 16,
  password_required: 16,
  run_as_owner: 16,
  failover: 17,
};

/** Options of CREATE PUBLICATION. */
export const PUBLICATION_OPTIONS: Readonly<Record<string, number>> = {
  publish_via_partition_root: 13,
  publish_generated_columns: 18,
};
