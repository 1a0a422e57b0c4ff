import { readRelationKey } from '../archived/relation-key.ts';
import type { PlannedCopy } from './planned-copy.ts';

/** What a person should know about a copy before saying yes, and afterwards. */
export function copyNotes(copy: PlannedCopy | undefined): string[] {
  if (copy === undefined) return [];
  const { schema, places, madeBeside, leftOut, stillNames, searchPaths } = copy;
  const old = [
    ...new Set([
      ...places.schemas.keys(),
      ...[...places.objects.keys()].map((key) => readRelationKey(key).schema),
    ]),
  ].join(', ');
  const reasons = Map.groupBy(leftOut, ({ reason }) => reason);
  return [
    ...(schema
      ? []
      : [
          'The copies have keys, indexes, checks and policies, and foreign keys to each other, but no triggers and no rules. They are meant to be looked at and copied from.',
        ]),
    ...(stillNames.length > 0
      ? [
          `These are made with their text as it was, because nobody can know what a name in a text means. The text still names ${old}, so they work on the existing objects there: ${listed(stillNames)}. Look at each of them before you use it.`,
        ]
      : []),
    ...(searchPaths.length > 0 && schema
      ? [
          `In the copy, the search_path of these names ${schema.to} instead of ${schema.from}: ${listed(searchPaths)}.`,
        ]
      : []),
    ...(madeBeside.length > 0
      ? [
          `The target does not have these as the backup has them, so the copy gets its own: ${listed(madeBeside)}.`,
        ]
      : []),
    ...[...reasons].map(
      ([reason, some]) => `Not a part of the copy: ${listed(some.map(({ name }) => name))} (${reason}).`,
    ),
  ];
}

/** Enough to act on; the JSON has all of them. */
const NAMES = 20;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES).join(', ');
  return names.length > NAMES ? `${shown} and ${names.length - NAMES} more (--json names them)` : shown;
}
