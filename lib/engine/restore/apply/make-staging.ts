import { LEDGER_SCHEMA, OWN_MARK } from '../../catalog/own-schemas.ts';
import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { refusal } from '../plan/refusals.ts';
import { rolesNamedIn } from '../plan/rename-roles.ts';
import type { RestorePlan } from '../plan/restore-plan.ts';
import { EXCHANGED, type Ledger } from '../target/ledger.ts';
import { isRefusal } from '../target/restore-sessions.ts';

/** Marks them, so that no backup takes them for the user's. */
const COMMENT = `${OWN_MARK}loaded beside. Nobody uses it. \`lifeboat restore --resume\` goes on with it, if there is a schema ${LEDGER_SCHEMA}; without it, drop this schema.`;

/**
 * Creates the schemas in which everything is made first. The owners of what is made there must be able to own it: the
 * new owner of a table needs CREATE on its schema (PostgreSQL manual, ALTER TABLE). Throws `target-refuses-staging`.
 */
export async function makeStaging(
  session: ServerTarget,
  { staging, entries, target }: RestorePlan,
  ledger: Ledger,
): Promise<void> {
  if (staging === undefined || ledger.isDone(EXCHANGED)) return;
  const owners = new Set(
    entries
      .flatMap(({ adapted }) => adapted)
      .filter((statement) => statementTarget(statement).action === 'OWNER TO')
      .flatMap(rolesNamedIn),
  );
  try {
    for (const schema of new Set(staging.values())) {
      const name = quoteIdentifier(schema);
      // The plan has refused a schema of the user's own that has this name.
      await session.execute(`CREATE SCHEMA IF NOT EXISTS ${name}`);
      await session.execute(`COMMENT ON SCHEMA ${name} IS ${quoteLiteral(COMMENT)}`);
      for (const owner of owners)
        await session.execute(`GRANT USAGE, CREATE ON SCHEMA ${name} TO ${quoteIdentifier(owner)}`);
    }
  } catch (error) {
    throw isRefusal(error) ? stagingRefused(error, target) : error;
  }
}

/** A role that is no superuser cannot silence event triggers, so the refusal may come from one of them. */
function stagingRefused({ message }: Error, { display, eventTriggers, role }: RestorePlan['target']) {
  const names = role.isSuperuser ? [] : eventTriggers.map(({ name }) => quoteIdentifier(name));
  return refusal(
    'target-refuses-staging',
    `${display} refused to create the schema in which everything is made first: ${message}.`,
    names.length === 0
      ? 'Let the role create schemas and do what the message names, or restore as a superuser.'
      : `Perhaps an event trigger refuses it, which runs with the rights of ${role.name}: ${names.join(', ')}. Give ${role.name} the right that the message names; or restore as a superuser; or, as a superuser, \`ALTER EVENT TRIGGER ${names[0]} DISABLE;\` and afterwards ENABLE.`,
    { meaning: 'The existing tables were not changed.' },
  );
}
