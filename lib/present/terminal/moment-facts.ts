import type { MomentSummary } from '../../engine/replay/moment-summary.ts';
import type { LabelledFact } from './facts.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes } from './units.ts';

/** At most this many names are listed; `--json` has all of them. */
const NAMES = 5;

/** The moment to which changes are replayed, with the commits on both sides of it. */
export function momentFacts(moment: MomentSummary | undefined): LabelledFact[] {
  if (!moment) return [];
  const { lsn, asked, epoch, lastTransaction, nextTransaction, notCovered, notes } = moment;
  const shown = (one: MomentSummary['lastTransaction']) =>
    one ? `transaction ${one.xid}, ${one.committedAt}, at ${one.commitLsn}` : undefined;
  const more = notCovered.length > NAMES ? ` and ${notCovered.length - NAMES} more` : '';
  return [
    ['moment', printable(`${asked}: exactly LSN ${lsn}, in epoch ${epoch}`)],
    ['last commit', shown(lastTransaction)],
    ['left out from', shown(nextTransaction)],
    [
      'changes',
      `${countOf(moment.transactions, 'transaction')}, ${formatBytes(moment.rawBytes)}, ${formatBytes(moment.storedBytes)} stored`,
    ],
    [
      'not covered',
      notCovered.length === 0
        ? undefined
        : `${printable(notCovered.slice(0, NAMES).join(', '))}${more}: as the backup shows them`,
    ],
    ...notes.map((note): LabelledFact => ['note', printable(note)]),
  ];
}
