import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { splitStatements } from '../../sql-script/statements.ts';
import { statementOutcome } from '../../target/apply/outcome.ts';
import { planStatement } from '../../target/apply/planned-statement.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import type { RestoreRun } from './restore-run.ts';

const ALREADY_THERE = '42710';

/**
 * Creates the roles that the schema names and the server lacks: without LOGIN, or, if asked for, as the
 * backup describes them. They have no password, because a backup holds none. Existing roles stay as they are.
 */
export async function createRoles({ plan, sessions, log, roleComment }: RestoreRun): Promise<void> {
  const { main } = sessions;
  if (plan.scope.roles === 'all') {
    for (const { text } of splitStatements(plan.backup.rolesSql))
      await main.execute(text).catch((error: unknown) => tell(error, roleIn(text)));
  }
  for (const role of plan.rolesToCreate) {
    const name = quoteIdentifier(role);
    const comment =
      roleComment === undefined ? [] : [`COMMENT ON ROLE ${name} IS ${quoteLiteral(roleComment)}`];
    await main
      .executeAll([`CREATE ROLE ${name} NOLOGIN`, ...comment])
      .catch((error: unknown) => tell(error, role));
  }

  function tell(error: unknown, role: string): void {
    if (!isRefusal(error)) throw error;
    if (error.sqlState === ALREADY_THERE) return;
    const statement = planStatement('CREATE ROLE');
    const { message, sqlState } = error;
    log.add({
      kind: 'failed',
      failed: {
        ...statementOutcome(statement, { kind: 'role', name: role }, 'object'),
        message,
        sqlState,
      },
    });
  }
}

/** The role that a statement of roles.sql is about. */
function roleIn(statement: string): string {
  const [, name] = /\bROLE "((?:[^"]|"")+)"/.exec(statement) ?? /\bTO "((?:[^"]|"")+)"/.exec(statement) ?? [];
  return name?.replaceAll('""', '"') ?? 'of roles.sql';
}
