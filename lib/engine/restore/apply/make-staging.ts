import { quoteIdentifier } from '../../ground/sql.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { rolesNamedIn } from '../plan/rename-roles.ts';
import type { RestorePlan } from '../plan/restore-plan.ts';
import { EXCHANGED, type Ledger } from '../target/ledger.ts';

/**
 * Creates the schemas in which everything is made first. The owners of what is made there must be able to own it: the
 * new owner of a table needs CREATE on its schema (PostgreSQL manual, ALTER TABLE).
 */
export async function makeStaging(
  session: ServerTarget,
  { staging, entries }: RestorePlan,
  ledger: Ledger,
): Promise<void> {
  if (staging === undefined || ledger.isDone(EXCHANGED)) return;
  const owners = new Set(
    entries
      .flatMap(({ adapted }) => adapted)
      .filter((statement) => statementTarget(statement).action === 'OWNER TO')
      .flatMap(rolesNamedIn),
  );
  for (const schema of new Set(staging.values())) {
    const name = quoteIdentifier(schema);
    await session.execute(`CREATE SCHEMA IF NOT EXISTS ${name}`);
    for (const owner of owners)
      await session.execute(`GRANT USAGE, CREATE ON SCHEMA ${name} TO ${quoteIdentifier(owner)}`);
  }
}
