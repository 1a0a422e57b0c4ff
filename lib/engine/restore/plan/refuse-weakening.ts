import type { FingerprintItem } from '../../fingerprint/compare-fingerprints.ts';
import type { LifeboatError } from '../../ground/errors.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { type Consent, refusal } from './refusals.ts';
import type { RestorePlan } from './restore-plan.ts';

/**
 * Refuses to undo what protects a table and came after the backup, unless `discardNewer` is set: throws
 * `target-would-weaken`. A consent of an earlier run does not count, because it did not know what came since.
 */
export function refuseWeakening(
  { replaces }: Pick<RestorePlan, 'replaces'>,
  { newer, display }: TargetFacts,
  { discardNewer }: Consent,
): void {
  const weaker = newer.parts.filter(({ protects }) => protects);
  if (replaces.length === 0 || weaker.length === 0 || discardNewer) return;
  throw refusal(
    'target-would-weaken',
    `Replacing tables in ${display} would undo what protects them today and is not in the backup: ${listed(weaker.map(({ change, words }) => `${words} (${change})`))}.`,
    'To bring back the rows and leave the tables as they are: --rows, or --data-only. To have the tables as they were backed up all the same: --discard-newer; then make these again yourself.',
    { meaning: 'Nothing was changed. Whoever may not read or change these rows today could afterwards.' },
  );
}

/** For a table that somebody changed after the plan was made. */
export function targetChanged(
  { target, exchanges }: RestorePlan,
  changed: readonly FingerprintItem[],
): LifeboatError {
  const words = { missing: 'is gone', extra: 'is new' } as Readonly<Record<string, string>>;
  const names = changed.map(
    ({ kind, name, verdict }) => `${kind} ${name} ${words[verdict] ?? 'has changed'}`,
  );
  return refusal(
    'target-changed',
    `Somebody changed what this restore replaces in ${target.display} after its plan was made: ${listed(names)}.`,
    exchanges
      ? 'Run the same command again: its plan says what is lost now.'
      : 'Look at what has changed: the plan of the next run names it.',
    {
      meaning: `The existing tables were not changed by this restore.${exchanges ? ' What was loaded beside is kept, and is not loaded again.' : ''}`,
    },
  );
}

function listed(names: readonly string[]): string {
  const unique = [...new Set(names)];
  const shown = unique.slice(0, 5).join(', ');
  return unique.length > 5 ? `${shown} and ${unique.length - 5} more` : shown;
}
