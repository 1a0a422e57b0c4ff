import type { ChangeProof } from '../../engine/archive/changes/change-proof.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatDuration } from './units.ts';

/** What the captured changes between two backups were found to be worth. */
export function changeProofText(proof: ChangeProof | undefined, page: Page): string[] {
  if (!proof) return [];
  const { paint } = page;
  const wrong = proof.tables.filter(({ verdict }) => verdict === 'differs');
  const title =
    proof.verdict === 'proven'
      ? paint.green('The captured changes are proven.')
      : paint.red('The captured changes are WRONG: do not restore to a moment of them.');
  return [
    title,
    ...factLines(
      [
        [
          'replayed',
          `${countOf(proof.transactions, 'transaction')} onto ${proof.base}, up to ${proof.backup}`,
        ],
        ['between', `LSN ${proof.fromLsn} and ${proof.toLsn}, in epoch ${proof.epoch}`],
        [
          'compared',
          `${countOf(proof.tables.length, 'table')}, row for row, in ${formatDuration(proof.durationMs)}`,
        ],
        ...wrong.map(({ name, reason = '' }): LabelledFact => ['differs', printable(`${name}: ${reason}`)]),
      ],
      page,
    ),
  ];
}
