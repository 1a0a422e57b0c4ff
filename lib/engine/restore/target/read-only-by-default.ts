import { quoteIdentifier } from '../../ground/sql.ts';
import type { ResultRow } from '../../target/target.ts';

/** What makes new sessions of the target read-only by default: default_transaction_read_only. */
export interface ReadOnlyDefault {
  /** `the database shop`. */
  readonly of: string;
  /** The statement that takes it away. */
  readonly remedy: string;
  readonly isOfDatabase: boolean;
}

/**
 * Reads what a session that sets nothing itself would have. A restore sets the parameter off in its own sessions, so
 * only `reset_val` still tells: it is the value with which the session began.
 */
export const READ_ONLY_DEFAULT = `
  SELECT d.datname AS database, r.rolname AS role
    FROM pg_catalog.pg_settings p
    LEFT JOIN (pg_catalog.pg_db_role_setting s
      LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole)
      ON (s.setdatabase = 0 OR d.datname = pg_catalog.current_database()) AND (s.setrole = 0 OR r.rolname = CURRENT_USER)
     AND EXISTS (SELECT FROM pg_catalog.unnest(s.setconfig) one WHERE pg_catalog.left(one, 30) = 'default_transaction_read_only=')
   WHERE p.name = 'default_transaction_read_only' AND p.reset_val = 'on'`;

export function readOnlyDefaultOf(rows: readonly ResultRow[]): ReadOnlyDefault[] {
  return rows.map(({ database, role }) => {
    const reset = 'RESET default_transaction_read_only;';
    if (role != null) {
      const inDatabase = database == null ? '' : ` IN DATABASE ${quoteIdentifier(database)}`;
      return {
        of: `the role ${role}${database == null ? '' : ` in the database ${database}`}`,
        remedy: `ALTER ROLE ${quoteIdentifier(role)}${inDatabase} ${reset}`,
        isOfDatabase: database != null,
      };
    }
    if (database != null) {
      const remedy = `ALTER DATABASE ${quoteIdentifier(database)} ${reset}`;
      return { of: `the database ${database}`, remedy, isOfDatabase: true };
    }
    return {
      of: 'the server, or all of its roles',
      remedy: `ALTER SYSTEM ${reset} SELECT pg_reload_conf();`,
      isOfDatabase: false,
    };
  });
}
