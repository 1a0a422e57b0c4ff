import type { LifeboatError } from '../../ground/errors.ts';
import { plainName } from '../archived/relation-key.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { type Dependents, keyOf } from './dependents.ts';
import { refusal } from './refusals.ts';
import type { PlannedEntry, RestorePlan } from './restore-plan.ts';

const BESIDE =
  'Restore the table under another name (--table … --as …) or the backup into another database, and copy over what you need.';

/**
 * Refuses to replace relations that the role may not drop (`target-not-replaceable`), or with which something would
 * go that the restore does not make again (`target-would-lose`).
 */
export function refuseLosses(
  { replaces }: Pick<RestorePlan, 'replaces'>,
  entries: readonly PlannedEntry[],
  dependents: Dependents,
  target: TargetFacts,
): void {
  const { going, role, display } = target;
  if (replaces.length === 0) return;
  if (going.ofOthers.length > 0) {
    const belong = going.ofOthers.length === 1 ? 'belongs' : 'belong';
    throw notReplaceable(
      { target, scope: {} },
      `${listed(going.ofOthers.map(plainName))} ${belong} to a role that ${role.name} is not a member of`,
    );
  }
  const made = new Set(entries.map(keyOf));
  const replaced = new Set(replaces.map(({ key }) => key));
  const lost = going.objects.filter(
    ({ key, relation, relkind }) =>
      !made.has(key) && !(relkind !== undefined && relation !== undefined && replaced.has(relation)),
  );
  if (lost.length === 0) return;
  const inBackup = new Set(dependents.going.map(({ entry }) => keyOf(entry)));
  const back = lost.filter(({ key }) => inBackup.has(key));
  const isAll = back.length === lost.length;
  const offer = isAll
    ? 'The backup has all of them: add --with-dependents to make them again as they were backed up. Or restore'
    : back.length > 0
      ? 'The backup has some of them, which --with-dependents makes again. Drop the others yourself, or restore'
      : 'Restore';
  throw refusal(
    'target-would-lose',
    `Replacing objects in ${display} would also drop others that this restore does not create again: ${listed(lost.map(({ words }) => words))}.`,
    BESIDE.replace('Restore', offer),
    { meaning: 'Nothing was changed.' },
  );
}

/** For what the server refuses to drop or to empty. */
export function notReplaceable(
  { target, scope }: Pick<RestorePlan, 'target' | 'scope'>,
  reason: string,
): LifeboatError {
  return refusal(
    'target-not-replaceable',
    `Tables in ${target.display} cannot be ${scope.content === 'data' ? 'emptied' : 'dropped'} to be replaced: ${reason}.`,
    BESIDE,
    { meaning: 'Nothing was changed.' },
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
