import { LEDGER_SCHEMA, OWN_MARK } from '../../catalog/own-schemas.ts';
import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { rolesNamedIn } from '../plan/rename-roles.ts';
import type { RestorePlan } from '../plan/restore-plan.ts';
import { EXCHANGED, type Ledger } from '../target/ledger.ts';

/** Marks them, so that no backup takes them for the user's. */
const COMMENT = `${OWN_MARK}loaded beside. Nobody uses it. \`lifeboat restore --resume\` goes on with it, if there is a schema ${LEDGER_SCHEMA}; without it, drop this schema.`;

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
    // The plan has refused a schema of the user's own that has this name.
    await session.execute(`CREATE SCHEMA IF NOT EXISTS ${name}`);
    await session.execute(`COMMENT ON SCHEMA ${name} IS ${quoteLiteral(COMMENT)}`);
    for (const owner of owners)
      await session.execute(`GRANT USAGE, CREATE ON SCHEMA ${name} TO ${quoteIdentifier(owner)}`);
  }
}
