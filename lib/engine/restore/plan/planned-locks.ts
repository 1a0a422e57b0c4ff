import type { TargetFacts } from '../target/look-at-target.ts';
import type { PlannedEntry, PlannedLocks, RestorePlan } from './restore-plan.ts';

/** How long a restore tries to get its locks, if nothing else is asked for. */
export const LOCK_PATIENCE_MS = 5 * 60_000;

/**
 * The locks that a restore takes on what others use. Views come first, as in every query: a session that has locked
 * a view and waits for its table would wait for this restore, and the other way round.
 */
export function locksOf(
  {
    entries,
    replaces,
    empties,
  }: Pick<RestorePlan, 'replaces' | 'empties'> & { entries: readonly PlannedEntry[] },
  { going, relations }: Pick<TargetFacts, 'going' | 'relations'>,
  patienceMs: number = LOCK_PATIENCE_MS,
): PlannedLocks {
  const kindOf = (key: string) => relations.get(key)?.kind ?? '';
  const dropped = [
    ...going.objects.flatMap(({ relation }) => relation ?? []),
    ...replaces.map(({ key }) => key),
    ...(replaces.length > 0 ? going.referenced : []),
    ...empties.map(({ key }) => key),
  ];
  const views = dropped.filter((key) => 'vm'.includes(kindOf(key) || '?'));
  const tables = dropped.filter((key) => 'rp'.includes(kindOf(key) || '?')).sort();
  const alone = [...new Set([...views, ...tables])];
  const touched = entries
    .filter(({ stage }) => stage === 'exchange')
    .flatMap(({ relation, otherRelation }) => [relation ?? [], otherRelation ?? []].flat())
    .filter((key) => 'rp'.includes(kindOf(key) || '?') && !alone.includes(key));
  return { alone, againstWriting: [...new Set(touched)].sort(), patienceMs };
}
