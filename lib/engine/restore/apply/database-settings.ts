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
      log.problems.push({ kind: 'statement', name: 'a setting of the database', verdict: 'skipped', reason });
    }
  }
}
