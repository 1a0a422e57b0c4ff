import { type DatabaseFacts, readDatabaseFacts } from '../catalog/database.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { gathered } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { lockDatabase } from '../restore/target/lock-database.ts';
import { openServerTarget, type ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import { LOCK_TIMEOUT_MS } from './lock-patience.ts';

/** The database into which rows are brought back, and the session that does it. */
export interface RowsTarget {
  readonly session: ServerTarget;
  readonly facts: DatabaseFacts;
}

export interface RowsTargetOptions {
  readonly settings: ConnectionSettings;
  /** The encoding of the rows, which is the source's. */
  readonly encoding: string;
  readonly signal: AbortSignal;
  readonly observer?: Observer;
  /** Writes even where sessions are read-only by default. @default such a database is refused */
  readonly despiteReadOnly?: boolean | undefined;
}

/** Opens the target and refuses one that cannot take rows. One run at a time works in a database. */
export async function withRowsTarget<T>(
  { settings, encoding, signal, observer, despiteReadOnly }: RowsTargetOptions,
  use: (target: RowsTarget) => Promise<T>,
): Promise<T> {
  await using session = await openServerTarget(settings, {
    encoding,
    signal,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
    ...(observer?.onRetry ? { onRetry: observer.onRetry } : {}),
  });
  const facts = await readDatabaseFacts(gathered(session.queryAll));
  if (facts.standby) {
    throw refused('target-read-only', `${session.display} is a standby.`, 'Name its primary.');
  }
  const readOnly = await readOnlyByDefault(session);
  if (readOnly !== undefined && !despiteReadOnly) {
    throw refused(
      'restore-rows-read-only',
      `Sessions of this role in ${facts.database} are read-only by default (default_transaction_read_only = on${readOnly}).`,
      'Somebody may have stopped writing on purpose. If rows are to be written all the same, add --despite-read-only.',
    );
  }
  const { rows } = await session.execute(
    `SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') AS allowed`,
  );
  if (rows[0]?.allowed !== 't') {
    throw refused(
      'restore-rows-no-temporary-tables',
      `This role may not create temporary tables in ${facts.database}, where rows are compared before they are written.`,
      'As the owner of the database: GRANT TEMPORARY ON DATABASE … TO <role>.',
    );
  }
  await lockDatabase(session);
  return await use({ session, facts }).catch((error: unknown) => {
    throw statementRefused(error);
  });
}

/**
 * Where the setting comes from, a clause to be put into brackets, if sessions are read-only by default; Lifeboat's own are
 * not. A session keeps the value that it would have had.
 */
async function readOnlyByDefault(session: ServerTarget): Promise<string | undefined> {
  const { rows } = await session.execute(`
    SELECT s.reset_val AS value, (
      SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' in ', 'role ' || r.rolname, 'database ' || d.datname), ', ')
        FROM pg_catalog.pg_db_role_setting o LEFT JOIN pg_catalog.pg_roles r ON r.oid = o.setrole
        LEFT JOIN pg_catalog.pg_database d ON d.oid = o.setdatabase
       WHERE (o.setrole = 0 OR r.rolname = session_user) AND (o.setdatabase = 0 OR d.datname = pg_catalog.current_database())
         AND EXISTS (SELECT FROM pg_catalog.unnest(o.setconfig) c WHERE c ~ '^default_transaction_read_only=')) AS source
      FROM pg_catalog.pg_settings s WHERE s.name = 'default_transaction_read_only'`);
  const [setting] = rows;
  if (setting?.value !== 'on') return undefined;
  return setting.source ? `, set for ${setting.source}` : ", by the server's configuration";
}

/** The server's refusal of a whole statement. Refusals of single rows are conflicts, and do not come here. */
function statementRefused(error: unknown): unknown {
  if (!(error instanceof TargetStatementError)) return error;
  return new LifeboatError({
    code: 'restore-rows-statement-refused',
    kind: 'target',
    what: `The database refused a statement: ${error.message} (SQLSTATE ${error.sqlState}).`,
    meaning: 'Everything was rolled back; nothing was changed.',
    remedy:
      "If it is about a value, a column's type may have changed since the backup: restore the table beside the existing one (--table … --as …), and convert it there.",
    cause: error,
  });
}

function refused(code: string, what: string, remedy: string): LifeboatError {
  return new LifeboatError({ code, kind: 'target', what, meaning: 'Nothing was changed.', remedy });
}
