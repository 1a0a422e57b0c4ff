import type { ChosenEntry } from './choose-entries.ts';
import type { PlannedEntry } from './restore-plan.ts';
import type { Selection } from './select-relations.ts';

/**
 * When an entry is applied in a restore that makes everything beside. What would lock a table that others use, or
 * hangs on the final name, comes with the exchange. Extended statistics have names of their own in the schema of the
 * existing ones, so they come after it.
 */
export function stageOf(entry: ChosenEntry, selection: Selection): PlannedEntry['stage'] {
  if (entry.role !== 'own') return undefined;
  const { type, relation, otherRelation, object } = entry;
  if (type === 'STATISTICS' || object.kind === 'statistics') return 'after';
  if (relation === undefined || !selection.relations.has(relation)) return 'exchange';
  const isOutside = otherRelation !== undefined && !selection.relations.has(otherRelation);
  return type === 'FK CONSTRAINT' && isOutside ? 'exchange' : undefined;
}
