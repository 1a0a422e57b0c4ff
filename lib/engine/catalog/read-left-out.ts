import type { Manifest } from '../archive/manifest.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { catalogMajor } from './catalog-major.ts';
import { FIRST_MAJOR_WITH_PENDING_DETACH } from './detached-partitions.ts';
import { isKept, isRead, NOTHING_OMITTED, type Omissions } from './omissions.ts';
import { FIRST_USER_OID, notInExtension, USER_SCHEMA } from './user-objects.ts';

type LeftOut = Manifest['leftOut'][number];

/** One kind of object that a dump of one database does not hold: a query for the names, and the reason. */
interface Omission {
  readonly what: string;
  readonly reason: string;
  readonly sinceMajor?: number;
  /** Yields one column, `name`. */
  sql(omissions: Omissions): string;
}

const NAME = `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)`;
const RELATIONS = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
const THIS_DATABASE = `(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;

const OMISSIONS: readonly Omission[] = [
  {
    what: 'rows of a foreign table',
    reason: 'they are stored on the foreign server',
    sql: (omissions) => `SELECT ${NAME} AS name FROM ${RELATIONS}
      WHERE ${isKept(omissions, 'pg_class', 'c.oid')} AND c.relkind = 'f' AND ${USER_SCHEMA} AND ${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })}`,
  },
  {
    what: "rows of an extension's table",
    reason: 'the extension does not mark it as configuration, so CREATE EXTENSION must create the rows again',
    sql: (omissions) => `SELECT ${NAME} AS name FROM ${RELATIONS}
      WHERE ${isRead(omissions, 'c.oid')} AND c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0
        AND NOT (${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })})
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig))`,
  },
  {
    what: "value of an extension's sequence",
    reason:
      'the extension does not mark it as configuration, so it starts from its beginning after a restore: set it past the values that are in use there (SELECT setval(…))',
    // Only these are asked whether they were used, because that locks each one. A sequence of an omitted
    // table is omitted with it.
    sql: (omissions) => `WITH unmarked AS MATERIALIZED (
      SELECT c.oid, c.relpersistence, ${NAME} AS name FROM ${RELATIONS}
       WHERE ${isRead(omissions, 'c.oid')} AND c.relkind = 'S' AND NOT (${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })})
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig))
         AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
              AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE d.refobjid = ANY (e.extconfig))))
      SELECT name FROM unmarked
       WHERE CASE WHEN relpersistence <> 'p' AND pg_catalog.pg_is_in_recovery() THEN false
                  WHEN NOT pg_catalog.has_sequence_privilege(oid, 'SELECT,USAGE') THEN true
                  ELSE pg_catalog.pg_sequence_last_value(oid) IS NOT NULL END`,
  },
  {
    what: 'value of an unlogged sequence',
    reason: 'the source is a standby, which does not have the value',
    sql: (omissions) => `SELECT ${NAME} AS name FROM ${RELATIONS}
      WHERE ${isKept(omissions, 'pg_class', 'c.oid')} AND c.relkind = 'S' AND c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()`,
  },
  {
    what: 'invalid index',
    reason: 'its creation failed or is not finished; pg_dump leaves out such an index',
    sql: (
      omissions,
    ) => `SELECT ${NAME} AS name FROM ${RELATIONS} JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      WHERE ${isKept(omissions, 'pg_class', 'c.oid')} AND NOT i.indisvalid AND c.relkind = 'i' AND ${USER_SCHEMA}`,
  },
  {
    what: 'attachment of a partition',
    reason:
      'its detach is pending (DETACH PARTITION CONCURRENTLY was interrupted): it is restored as a separate table, whose rows the parent does not show, as at the source',
    sinceMajor: FIRST_MAJOR_WITH_PENDING_DETACH,
    sql: (
      omissions,
    ) => `SELECT ${NAME} AS name FROM ${RELATIONS} JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
      WHERE ${isKept(omissions, 'pg_class', 'c.oid')} AND h.inhdetachpending`,
  },
  {
    what: 'switched-off constraint trigger',
    reason:
      'somebody disabled it (ALTER TABLE … DISABLE TRIGGER ALL), which pg_dump does not keep: the restored database enforces the constraint',
    sql: (
      omissions,
    ) => `SELECT DISTINCT pg_catalog.quote_ident(k.conname) || ' on ' || ${NAME} AS name FROM ${RELATIONS}
       JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
      WHERE ${isKept(omissions, 'pg_class', 'c.oid')} AND ${USER_SCHEMA} AND t.tgisinternal AND t.tgenabled <> 'O' AND k.contype <> 't'`,
  },
  {
    what: 'relation in a schema of the server',
    reason: "pg_dump treats these schemas as the server's own",
    sql: (omissions) => `SELECT ${NAME} AS name FROM ${RELATIONS}
      WHERE ${isKept(omissions, 'pg_class', 'c.oid')} AND c.oid >= ${FIRST_USER_OID} AND n.nspname IN ('pg_catalog', 'information_schema')
        AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND ${notInExtension({ catalog: 'pg_class', oid: 'c.oid' })}`,
  },
  {
    what: 'tablespace',
    reason: "it is a directory of the source's machine",
    sql: (omissions) => `SELECT DISTINCT pg_catalog.quote_ident(t.spcname) AS name FROM ${RELATIONS}
       JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace
      WHERE ${isKept(omissions, 'pg_class', 'c.oid')} AND ${USER_SCHEMA}`,
  },
  {
    what: 'state of a subscription',
    reason:
      'it is restored without its connection, disabled, and its tables are not in step with the publisher',
    sql: () => `SELECT pg_catalog.quote_ident(s.subname) AS name FROM pg_catalog.pg_subscription s
      WHERE s.subdbid = ${THIS_DATABASE}`,
  },
  {
    what: 'replication slot',
    reason: "it is a position in the source's write-ahead log",
    sql: () => `SELECT pg_catalog.quote_ident(s.slot_name) AS name FROM pg_catalog.pg_replication_slots s
      WHERE s.database = pg_catalog.current_database() AND NOT s.temporary`,
  },
  {
    what: 'prepared transaction',
    reason: 'it is neither committed nor rolled back, so the snapshot does not show it',
    sql: () => `SELECT pg_catalog.quote_literal(p.gid) AS name FROM pg_catalog.pg_prepared_xacts p
      WHERE p.database = pg_catalog.current_database()`,
  },
  {
    what: 'privileges on a parameter',
    reason: 'they belong to the server, not to the database',
    sinceMajor: 15,
    sql: () => `SELECT p.parname AS name FROM pg_catalog.pg_parameter_acl p`,
  },
];

/**
 * Reads everything in the source that a dump of one database cannot hold, for the manifest's `leftOut`.
 * Objects that `omissions` already names are not included.
 */
export async function readLeftOut(
  query: QueryRows,
  omissions: Omissions = NOTHING_OMITTED,
): Promise<LeftOut[]> {
  const major = await catalogMajor(query);
  const leftOut = await Promise.all(
    OMISSIONS.filter(({ sinceMajor = 0 }) => major >= sinceMajor).map(async ({ what, reason, sql }) => {
      const rows = await query(`${sql(omissions)} ORDER BY 1`);
      return rows.map(({ name }): LeftOut => ({ name: String(name), what, reason }));
    }),
  );
  return leftOut.flat();
}
