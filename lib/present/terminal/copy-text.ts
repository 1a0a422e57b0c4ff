import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { ChangesCopy } from '../../engine/keep/changes/copy-changes.ts';
import type { CopyReport } from '../../engine/keep/copy-backup.ts';
import type { ErasuresCopy } from '../../engine/keep/copy-erasures.ts';
import type { BackupCopy } from '../../engine/keep/copy-missing.ts';
import { factLines } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes, formatDuration } from './units.ts';

export function copyText(report: CopyReport, to: string, page: Page): string[] {
  const { place, outcome, objectsCopied, objectsFound, bytesCopied, durationMs } = report;
  const name = nameOfBackup(place);
  const { bold, green } = page.paint;
  if (outcome === 'already-there') {
    return [
      `${bold(name)}: already there.`,
      ...factLines(
        [
          ['vault', printable(to)],
          ['proof', PROOFS[report.proof]],
          ['next', `\`lifeboat verify ${name} --vault ${printable(to)}\` reads that copy in full`],
        ],
        page,
      ),
    ];
  }
  return [
    `${bold(name)}: ${green('copied')}, every object as it was written.`,
    ...factLines(
      [
        ['vault', printable(to)],
        ['sent', `${formatBytes(bytesCopied)} in ${countOf(objectsCopied, 'object')}`],
        [
          'found',
          objectsFound === 0 ? undefined : `${countOf(objectsFound, 'object')} of an earlier try, read again`,
        ],
        ['proof', PROOFS[report.proof]],
        ['took', formatDuration(durationMs)],
        ['next', `\`lifeboat drill ${name} --vault ${printable(to)}\` proves that the copy can be restored`],
      ],
      page,
    ),
  ];
}

const PROOFS = {
  copied: 'copied',
  'already-there': 'already there',
  none: 'none in the vault that it comes from',
} as const;

/** What cron mails is one screen. */
const MOST_NAMED = 15;

/** The text of `--all`. Failures are errors, and not a part of it. */
export function copiesText(
  copies: readonly BackupCopy[],
  { from, to }: { readonly from: string; readonly to: string },
  page: Page,
): string[] {
  const { bold, green, red, yellow } = page.paint;
  const ofOutcome = (outcome: BackupCopy['outcome']) => copies.filter((copy) => copy.outcome === outcome);
  const copied = copies.flatMap((copy) => (copy.outcome === 'copied' ? [copy] : []));
  const bytes = copied.reduce((total, { bytesCopied }) => total + bytesCopied, 0);
  const counts = [
    copied.length > 0 ? `${green('copied')} ${copied.length} (${formatBytes(bytes)})` : 'copied none',
    `already there ${ofOutcome('already-there').length}`,
    ...(ofOutcome('failed').length > 0 ? [`${red('failed')} ${ofOutcome('failed').length}`] : []),
    ...(ofOutcome('not-tried').length > 0 ? [`${yellow('not tried')} ${ofOutcome('not-tried').length}`] : []),
  ];
  if (copies.length === 0) return [`No backup in ${printable(from)} to copy.`];
  return [
    ...copied.slice(0, MOST_NAMED).map((copy) => {
      const { place, bytesCopied, durationMs } = copy;
      return `${bold(nameOfBackup(place))}: ${green('copied')}, ${formatBytes(bytesCopied)} in ${formatDuration(durationMs)}.`;
    }),
    ...(copied.length > MOST_NAMED
      ? [`and ${countOf(copied.length - MOST_NAMED, 'backup')} more: --json has them all.`]
      : []),
    ...ofOutcome('failed').map(({ place }) => `${bold(nameOfBackup(place))}: ${red('not copied')}.`),
    `${countOf(copies.length, 'backup')} of ${printable(from)} for ${printable(to)}: ${counts.join(', ')}.`,
  ];
}

/** What was copied of captured changes, a line for each source. */
export function changesCopiesText(changes: readonly ChangesCopy[], { paint }: Page): string[] {
  return changes.map((copy) => {
    const named = `Captured changes of ${paint.bold(copy.source)}`;
    if (copy.outcome === 'failed') return `${named}: ${paint.red('not copied')}.`;
    if (copy.outcome === 'already-there') return `${named}: already there.`;
    return `${named}: ${paint.green('copied')}, ${countOf(copy.objects, 'object')}, ${formatBytes(copy.bytes)}.`;
  });
}

/** What was copied of the lists of erasures, a line for each source that has one. */
export function erasuresCopiesText(copies: readonly ErasuresCopy[], { paint }: Page): string[] {
  return copies.map((copy) => {
    const named =
      copy.source === null ? 'Lists of erasures' : `List of erasures of ${paint.bold(copy.source)}`;
    if (copy.outcome === 'failed')
      return `${named}: ${paint.red('not copied')}. A restore from the copy could bring erased rows back.`;
    if (copy.outcome === 'already-there') return `${named}: already there.`;
    return `${named}: ${paint.green('copied')}, ${copy.entries} ${copy.entries === 1 ? 'entry' : 'entries'}.`;
  });
}
