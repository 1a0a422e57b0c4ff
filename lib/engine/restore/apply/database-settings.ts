import { doBlock } from '../../catalog/script.ts';
import { withSqlState } from '../../connection/server-words.ts';
import { databaseStatements } from '../plan/database-statements.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import type { RestoreRun } from './restore-run.ts';

/**
 * Gives the target the settings, owner, grants and comment of the source's database, if that was asked for.
 * The report names refused statements (a missing role, a parameter that only a superuser may set), and the
 * restore continues.
 */
export async function applyDatabaseSettings({ plan, sessions, log }: RestoreRun): Promise<void> {
  if (!plan.scope.databaseSettings) return;
  for (const statement of databaseStatements(plan.backup, plan.scope)) {
    try {
      await sessions.main.execute(doBlock(`BEGIN ${statement}; END`));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const reason = `it was refused: ${withSqlState(error.message, error.sqlState)}`;
      log.problems.push({ kind: 'statement', name: subjectOf(statement), verdict: 'skipped', reason });
    }
  }
}

/** What of the database a statement of database.sql changes, without the value. */
function subjectOf(statement: string): string {
  const setting = /' SET ("(?:[^"]|"")+"|[\w.]+)/.exec(statement)?.[1];
  if (setting !== undefined) return `setting ${setting.replaceAll('"', '')} of the database`;
  if (statement.includes("' OWNER TO ")) return 'owner of the database';
  if (statement.includes("' CONNECTION LIMIT ")) return 'connection limit of the database';
  if (/^EXECUTE '(GRANT|REVOKE) /.test(statement)) return 'grant on the database';
  return statement.startsWith("EXECUTE 'COMMENT ") ? 'comment on the database' : 'a property of the database';
}
