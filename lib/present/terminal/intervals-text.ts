import type { Interval } from '../../engine/replay/plan/intervals.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf } from './units.ts';

/** The stretches of time of which every moment can be restored, and what ended each. */
export function intervalsText(intervals: readonly Interval[], { paint }: Page): string[] {
  if (intervals.length === 0) return [];
  return [
    '',
    paint.bold('Moments that can be restored (lifeboat restore --to)'),
    ...intervals.map(({ source, epoch, from, to, ended, proofs, wrong }) => {
      const name = `${printable(source)}, epoch ${epoch}: `;
      if (!from) return `${name}none yet, until a full backup is its base; changes reach ${to.time}`;
      const proven = proofs > 0 ? `, proven up to ${countOf(proofs, 'backup')}` : ', not proven by a drill';
      const end = ended === null ? '' : `; then a gap, because ${printable(ended)}`;
      const warning = wrong.length === 0 ? '' : paint.red(`; found WRONG up to ${wrong.join(', ')}`);
      return `${name}${from.time} (LSN ${from.lsn}) to ${to.time} (LSN ${to.lsn})${proven}${warning}${end}`;
    }),
  ];
}
