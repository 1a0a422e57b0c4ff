import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { TargetStatementError } from '../../target/target.ts';
import type { GuardedStatements } from '../target/guarded-statements.ts';

interface TriggerState {
  /** `ALTER TABLE ONLY` takes it. */
  readonly table: string;
  readonly name: string;
  /** pg_trigger.tgenabled. */
  readonly enabled: string;
  readonly isInternal: boolean;
}

/** Triggers of tables, as they were before they were switched off for a transaction. */
export interface TriggerStates {
  readonly before: readonly TriggerState[];
  /** Triggers that fire all the same, for the role may not switch them off. */
  readonly firing: readonly string[];
}

const WORDS: Readonly<Record<string, string>> = {
  O: 'ENABLE',
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
};

/**
 * Inside a transaction: keeps every trigger of these tables from firing in it, for rows are to come out as they are in the backup.
 * `session_replication_role = replica`, where the role may set it, leaves those that are ALWAYS or REPLICA; else the owner of a
 * table can switch off all but those of foreign keys.
 */
export async function switchTriggersOff(
  session: ServerTarget,
  guarded: GuardedStatements,
  tables: readonly string[],
): Promise<TriggerStates & { readonly isReplica: boolean }> {
  const isReplica = await isAccepted(guarded, 'SET LOCAL session_replication_role = replica');
  const before = await statesOf(session, tables);
  const fires = ({ enabled, isInternal }: TriggerState) =>
    isReplica ? enabled === 'A' || enabled === 'R' : !isInternal && (enabled === 'A' || enabled === 'O');
  const firing: string[] = [];
  for (const trigger of before.filter(fires)) {
    if (!(await isAccepted(guarded, switchTo(trigger, 'D'))))
      firing.push(`${trigger.name} on ${trigger.table}`);
  }
  return { before, firing, isReplica };
}

/** Inside the same transaction: exactly as they were, or an error that rolls it back. */
export async function switchTriggersBack(
  session: ServerTarget,
  { before }: Pick<TriggerStates, 'before'>,
  tables: readonly string[],
): Promise<void> {
  // Before 15 a partitioned table's trigger takes those of its partitions along, so these come after it.
  for (const trigger of await changed(session, before, tables)) {
    await session.execute(switchTo(trigger, trigger.enabled));
  }
  const [left] = await changed(session, before, tables);
  if (left) throw new TargetStatementError(`trigger ${left.name} could not be switched back`, '55000');
}

async function changed(
  session: ServerTarget,
  before: readonly TriggerState[],
  tables: readonly string[],
): Promise<TriggerState[]> {
  const now = new Map((await statesOf(session, tables)).map((one) => [keyOf(one), one.enabled]));
  return before.filter((one) => now.get(keyOf(one)) !== one.enabled);
}

function keyOf({ table, name }: TriggerState): string {
  return `${table} ${name}`;
}

function switchTo({ table, name }: TriggerState, enabled: string): string {
  return `ALTER TABLE ONLY ${table} ${WORDS[enabled]} TRIGGER ${quoteIdentifier(name)}`;
}

/** Of the tables and all of their trees of partitions, parents first. */
async function statesOf(session: ServerTarget, tables: readonly string[]): Promise<TriggerState[]> {
  if (tables.length === 0) return [];
  const list = tables.map(quoteLiteral).join(', ');
  const { rows } = await session.execute(`
    WITH RECURSIVE up(oid) AS (
      SELECT pg_catalog.to_regclass(name)::pg_catalog.oid FROM pg_catalog.unnest(ARRAY[${list}]::pg_catalog.text[]) name
      UNION SELECT i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.oid
              JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition),
    tree(oid, depth) AS (
      SELECT up.oid, 0 FROM up
      UNION SELECT i.inhrelid, tree.depth + 1 FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid
              JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition)
    SELECT n.nspname AS schema, c.relname AS relation, t.tgname AS name, t.tgenabled AS enabled, t.tgisinternal AS internal
      FROM (SELECT oid, pg_catalog.max(depth) AS depth FROM tree GROUP BY oid) tree
      JOIN pg_catalog.pg_trigger t ON t.tgrelid = tree.oid
      JOIN pg_catalog.pg_class c ON c.oid = tree.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     ORDER BY tree.depth, n.nspname, c.relname, t.tgname`);
  return rows.map((row) => ({
    table: qualifiedName(String(row.schema), String(row.relation)),
    name: String(row.name),
    enabled: String(row.enabled),
    isInternal: row.internal === 't',
  }));
}

async function isAccepted(guarded: GuardedStatements, sql: string): Promise<boolean> {
  try {
    await guarded.execute(sql);
    return true;
  } catch (error) {
    if (error instanceof TargetStatementError) return false;
    throw error;
  }
}
