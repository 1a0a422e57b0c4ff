import type { NewerPart } from '../../engine/restore/target/parts-there.ts';
import type { LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { formatCount } from './units.ts';

/** At most this many are named on one line; `--json` has all of them. */
const NAMED = 20;

/**
 * What the replaced tables lose and get back with the state of the backup. What protects them stands first, alone and
 * in red: row security that goes off must not be overlooked among columns.
 */
export function newerFacts(newer: readonly NewerPart[], { paint }: Page): LabelledFact[] {
  const weaker = newer.filter(({ protects }) => protects);
  const others = newer.filter(({ protects }) => !protects);
  const of = (change: NewerPart['change']) => others.filter((one) => one.change === change);
  return [
    [
      'weaker',
      weaker.length > 0
        ? paint.red(listed(weaker.map(({ change, words }) => `${words} (${change})`)))
        : undefined,
    ],
    ['goes', namesOf(of('goes'))],
    ['as it was', namesOf(of('as it was'))],
    ['comes back', namesOf(of('comes back'))],
  ];
}

function namesOf(parts: readonly NewerPart[]): string | undefined {
  return parts.length === 0 ? undefined : listed(parts.map(({ words }) => words));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map(printable).join('; ');
  return names.length > NAMED ? `${shown} and ${formatCount(names.length - NAMED)} more` : shown;
}
