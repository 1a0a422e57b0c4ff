import type { WorkPiece } from '../../ground/work-ahead.ts';
import { relationKey } from '../archived/relation-key.ts';
import { entriesOfTiers } from './entries-of-tiers.ts';
import { expectedWork, STAGES } from './expected-work.ts';
import type { RestorePlan } from './restore-plan.ts';
import { stagedPlace } from './staging.ts';

export interface WorkOptions {
  readonly compares: boolean;
  /** Whether a step was done by the restore that this one continues. */
  isDone(step: string): boolean;
}

/** The pieces of a restore, tier after tier. */
export function workOfPlan(
  plan: Omit<RestorePlan, 'notes' | 'expectedMs' | 'neededBytes' | 'doneBefore'>,
  { compares, isDone }: WorkOptions,
): WorkPiece[] {
  const { backup, tables, largeObjects } = plan;
  const postData = entriesOfTiers(plan);
  return plan.tiers.flatMap((tier, number) =>
    expectedWork({
      tables: tables.filter(({ schema, name }) => tier.relations.has(relationKey(schema, name))),
      largeObjects:
        largeObjects && number === plan.tiers.length - 1 ? backup.manifest.largeObjects.chunks : [],
      entries: postData[number] ?? [],
      rootOf: (relation) => backup.schema.relations.get(relation)?.root ?? relation,
      placeOf: (table) => stagedPlace(plan, table),
      isDone,
      compares,
      firstStage: number * STAGES,
      created: backup.schema.entries,
    }),
  );
}
