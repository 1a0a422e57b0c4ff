import { relationKey } from './relation-key.ts';
import type { PlannedTier } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';
import { isRefusal } from './restore-sessions.ts';
import type { Task } from './run-tasks.ts';
import { STAGING_SCHEMA } from './staging.ts';
import type { Work } from './task-group.ts';

/**
 * ANALYZE of every table of a tier, for without statistics the first queries would be planned blindly. Of a partitioned
 * table it takes the partitions along. Materialized views are analyzed when they are filled, by PostgreSQL itself in time.
 */
export function analyses(
  { relations }: PlannedTier,
  run: RestoreRun,
  after: (relation: string) => readonly Task[],
): Work[] {
  const { plan } = run;
  return [...relations].flatMap((key): Work[] => {
    const relation = plan.backup.schema.relations.get(key);
    if (relation?.kind !== 'table' || plan.scope.content === 'schema') return [];
    if (relation.root !== undefined && relations.has(relation.root)) return [];
    const name = relationKey(plan.newName ? STAGING_SCHEMA : relation.schema, relation.name);
    return [
      {
        about: relation.root ?? key,
        locks: [{ on: relation.root ?? key, alone: true }],
        after: after(key),
        async run(session) {
          // Whoever does not own a table may not; statistics will come by themselves then.
          await session.execute(`ANALYZE ${name}`).catch((error: unknown) => {
            if (!isRefusal(error)) throw error;
          });
        },
      },
    ];
  });
}
