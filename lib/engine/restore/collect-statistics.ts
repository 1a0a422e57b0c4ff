import { relationKey } from './relation-key.ts';
import type { PlannedTier } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';
import { isRefusal } from './restore-sessions.ts';
import { STAGING_SCHEMA } from './staging.ts';

/** Kinds that have rows of their own; of a partitioned table ANALYZE takes the partitions along. */
const ANALYZED: ReadonlySet<string> = new Set(['table', 'materialized view']);

/** ANALYZE of every table of a tier, all sessions side by side: without it the first queries would be planned blindly. */
export async function collectStatistics({ relations }: PlannedTier, run: RestoreRun): Promise<void> {
  const { plan, sessions, clock } = run;
  const { relations: archived } = plan.backup.schema;
  const wanted = [...relations].flatMap((key) => {
    const relation = archived.get(key);
    if (!relation || !ANALYZED.has(relation.kind)) return [];
    if (relation.root !== undefined && relations.has(relation.root)) return [];
    return [relationKey(plan.newName ? STAGING_SCHEMA : relation.schema, relation.name)];
  });
  await clock.time(
    'analyze',
    () =>
      sessions.each(wanted, async (session, name) => {
        // Whoever does not own a table may not; statistics will come by themselves then.
        await session.execute(`ANALYZE ${name}`).catch((error: unknown) => {
          if (!isRefusal(error)) throw error;
        });
        clock.tableDone();
      }),
    { items: 'tables', total: wanted.length },
  );
}
