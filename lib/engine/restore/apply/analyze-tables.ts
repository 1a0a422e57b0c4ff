import { quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { analysisOf } from '../plan/expected-work.ts';
import type { PlannedTier } from '../plan/restore-plan.ts';
import { stagedKey } from '../plan/staging.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import type { RestoreRun } from './restore-run.ts';
import type { Task } from './run-tasks.ts';
import type { Work } from './task-group.ts';

/**
 * Runs ANALYZE on every table of a tier: without statistics PostgreSQL would plan the first queries blindly.
 * ANALYZE of a partitioned table includes its partitions.
 */
export function analyzeTables(
  { relations }: PlannedTier,
  run: RestoreRun,
  after: (relation: string) => readonly Task[],
): Work[] {
  const { plan } = run;
  const hasForeign = [...plan.backup.schema.relations.values()].some(({ kind }) => kind === 'foreign table');
  return [...relations].flatMap((key): Work[] => {
    const relation = plan.backup.schema.relations.get(key);
    if (relation?.kind !== 'table' || plan.scope.content === 'schema') return [];
    if (relation.root !== undefined && relations.has(relation.root)) return [];
    const name = stagedKey(plan, key);
    return [
      {
        about: relation.root ?? key,
        locks: [{ on: relation.root ?? key, alone: true }],
        get after() {
          return after(key);
        },
        async run(session) {
          const tables = hasForeign ? await tablesOfThisServer(session, name) : [name];
          await run.clock.piece(analysisOf(key), async () => {
            for (const table of tables) {
              // Only the owner of a table may; for other tables autovacuum will collect statistics.
              await session.execute(`ANALYZE ${table}`).catch((error: unknown) => {
                if (!isRefusal(error)) throw error;
              });
            }
          });
        },
      },
    ];
  });
}

/** Runs ANALYZE on the materialized views, once they are filled and in their place. */
export async function analyzeViews({ plan, sessions, clock }: RestoreRun): Promise<void> {
  const views = plan.entries.filter(({ type }) => type === 'MATERIALIZED VIEW DATA');
  const relations = new Set(views.flatMap(({ relation }) => relation ?? []));
  if (relations.size === 0 || plan.newName !== undefined) return;
  await clock.time('analyze', () => analyzeAgain(sessions.main, relations));
}

/** Collects statistics, also once more for extended statistics that came later. */
export async function analyzeAgain(session: ServerTarget, relations: ReadonlySet<string>): Promise<void> {
  for (const name of relations) {
    await session.execute(`ANALYZE ${name}`).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
  }
}

/**
 * The tables of a tree that ANALYZE can do without another server. With a foreign table in the tree, it would
 * ask the server of that table, which may not answer, and wait for it.
 */
async function tablesOfThisServer(session: ServerTarget, table: string): Promise<string[]> {
  const self = `${quoteLiteral(table)}::pg_catalog.regclass`;
  const { rows } = await session.execute(`
    WITH RECURSIVE tree(oid) AS (
      SELECT ${self}::pg_catalog.oid
      UNION SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid),
    above_foreign(oid) AS (
      SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind = 'f'
      UNION SELECT i.inhparent FROM above_foreign JOIN pg_catalog.pg_inherits i ON i.inhrelid = above_foreign.oid)
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
      FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.oid NOT IN (SELECT oid FROM above_foreign)
       AND (c.oid = ${self} OR EXISTS (
             SELECT FROM pg_catalog.pg_inherits i JOIN above_foreign a ON a.oid = i.inhparent WHERE i.inhrelid = c.oid))`);
  return rows.map(({ name }) => String(name));
}
