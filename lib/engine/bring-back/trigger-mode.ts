import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import { keysOf, keysTo } from './references.ts';
import type { RowsTable } from './rows-table.ts';
import type { ForeignKey } from './target-table.ts';

export interface TriggerMode {
  /** Whether the user's triggers and those of foreign keys fire. */
  readonly fires: boolean;
  /** Sentences without full stops. */
  readonly notes: readonly string[];
}

export interface TriggerRequest {
  readonly session: ServerTarget;
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly firesTriggers: boolean;
}

/**
 * Switches triggers off for this transaction, if the role may: rows are to come back as they were, and a
 * trigger would stamp them, send them or count them again. `session_replication_role = replica` takes no lock
 * on a table, which ALTER TABLE … DISABLE TRIGGER would: nobody could write to the table until the end.
 */
export async function switchTriggers(request: TriggerRequest): Promise<TriggerMode> {
  const { session, tables } = request;
  const having = tables.filter(({ target }) => target.triggers.length > 0);
  const names = having.map(({ name, target }) => `${target.triggers.join(', ')} on ${name}`).join('; ');
  const fires = (why: string): TriggerMode => ({
    fires: true,
    notes: having.length === 0 ? [] : [`triggers fire (${names}), ${why}`],
  });
  if (request.firesTriggers) return fires('as you asked');
  const why = whyNeeded(request);
  if (why !== undefined) return fires(why);
  if (!(await mayReplicate(session))) {
    return fires('because this role may not set session_replication_role');
  }
  const stubborn = tables.filter(({ target }) => target.stubbornTriggers.length > 0);
  return {
    fires: false,
    notes: [
      ...(having.length === 0 ? [] : [`triggers do not fire (${names})`]),
      ...stubborn.map(
        ({ name, target }) =>
          `${target.stubbornTriggers.join(', ')} on ${name} fires all the same, because it is ENABLE ALWAYS or ENABLE REPLICA`,
      ),
    ],
  };
}

/** What PostgreSQL, or Lifeboat in its place, could not check without triggers. */
function whyNeeded({ tables, foreignKeys }: TriggerRequest): string | undefined {
  const deferrable = tables.find(({ target }) => target.deferrable);
  if (deferrable) {
    return `because ${deferrable.name} has a deferrable key, which PostgreSQL checks by a trigger`;
  }
  for (const table of tables) {
    const unheld = keysOf(table, foreignKeys).find(
      ({ referenced: r }) => !r.mayLock || !r.mayRead || r.rowSecurity,
    );
    if (unheld) {
      return `because the foreign key ${unheld.name} cannot be checked without them: this role may not lock, or not see, all rows of ${unheld.referenced.schema}.${unheld.referenced.name}`;
    }
    const unseen = keysTo(table, foreignKeys).find(
      ({ child, columns }) =>
        !child.mayRead ||
        child.rowSecurity ||
        columns.some(({ referenced }) => !table.own.includes(referenced)),
    );
    if (unseen) return `because the foreign key ${unseen.name} cannot be checked without them`;
  }
  return undefined;
}

async function mayReplicate(session: ServerTarget): Promise<boolean> {
  await session.execute('SAVEPOINT lifeboat_role');
  try {
    await session.execute('SET LOCAL session_replication_role = replica');
    await session.execute('RELEASE SAVEPOINT lifeboat_role');
    return true;
  } catch (error) {
    if (!(error instanceof TargetStatementError)) throw error;
    await session.execute('ROLLBACK TO SAVEPOINT lifeboat_role');
    return false;
  }
}
