import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { VerificationReport } from '../../engine/verify/verify.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes, formatCount, formatDuration } from './units.ts';
import { wrap } from './wrap.ts';

const MEANINGS = {
  intact: 'every object is as it was written',
  damaged: 'not every object is as it was written: do not rely on this backup',
  unreadable: 'the vault did not return every object: the others are unknown',
} as const;
const UNOPENED = 'every object is stored as it was written; nobody looked inside';
const NEXT = {
  intact: undefined,
  damaged:
    'keep this backup, because the rest of it may still be of use. `lifeboat list` shows the other backups, and `lifeboat verify <backup>` checks one. Take a new one with `lifeboat backup`',
  unreadable: 'find out why the vault refuses, and verify again',
} as const;
/** At most this many warnings are shown: if a hundred tables lost rows, the greatest losses say enough. */
const SHOWN_WARNINGS = 10;

export function verificationText(report: VerificationReport, page: Page): string[] {
  const { bold, green, red, yellow } = page.paint;
  const { verdict, totals, items, notes, warnings, place, durationMs } = report;
  const folder = `${nameOfBackup(place)}/`;
  // The line below names the backup, so its folder is cut from the names of objects.
  const shortly = (name: string) => (name.startsWith(folder) ? name.slice(folder.length) : name);
  const wrong = items.filter((item) => item.verdict !== 'match');
  const said = [
    ...wrong.map(
      ({ verdict: found, kind, name, problem = '' }): LabelledFact => [
        found,
        printable(`${kind} ${shortly(name)} ${problem}`),
      ],
    ),
    ...warnings.slice(0, SHOWN_WARNINGS).map((warning): LabelledFact => ['warning', printable(warning)]),
    ...(warnings.length > SHOWN_WARNINGS
      ? [['', `and ${formatCount(warnings.length - SHOWN_WARNINGS)} more: --json shows them`] as const]
      : []),
  ];
  const isUnopened = report.encryption?.opened === false;
  const meaning = isUnopened && verdict === 'intact' ? UNOPENED : MEANINGS[verdict];
  const isAsUsual = warnings.length === 0;
  const colour = verdict !== 'intact' ? red : green;
  return [
    ...(said.length === 0 ? [] : [...factLines(said, page), '']),
    ...wrap(
      `${bold(nameOfBackup(place))}: ${colour(verdict)}, ${meaning}${isAsUsual ? '' : `; ${yellow('not as usual')}`}.`,
      page.columns,
    ),
    ...factLines(
      [
        [
          'read',
          `${formatBytes(totals.readBytes)} in ${countOf(totals.objects, 'object')}, ${formatDuration(durationMs)}`,
        ],
        [
          'holds',
          `${formatCount(totals.rows)} rows in ${countOf(totals.tables, 'table')}, ${formatBytes(totals.rawBytes)}`,
        ],
        ['usually', usualText(report)],
        [
          'wrong',
          wrong.length === 0 ? undefined : `${totals.damaged} damaged, ${totals.unreadable} unreadable`,
        ],
        ...encryptionFacts(report),
        ...notes.map((note): LabelledFact => ['note', printable(note)]),
        ['to do', NEXT[verdict]],
        [
          'to do',
          isAsUsual
            ? undefined
            : 'compare `lifeboat show <backup>` of this backup and of an older one. If rows are missing that nobody meant to delete, put the older backups aside: they expire once newer ones are proven',
        ],
      ],
      page,
    ),
  ];
}

function encryptionFacts({ encryption }: VerificationReport): LabelledFact[] {
  if (!encryption) return [];
  const recipients = countOf(encryption.recipients.length, 'age recipient');
  return [
    ['encrypted', `to ${recipients}`],
    ...(encryption.opened
      ? []
      : [
          [
            'unchecked',
            'rows, digests and definitions, because no identity was given. Sizes, SHA-256 and the headers of the objects were compared. With --identity, everything is',
          ] as const,
        ]),
  ];
}

function usualText({ volume }: VerificationReport): string | undefined {
  if (!volume) return undefined;
  const { rows, storedBytes, comparedWith } = volume;
  return `${formatCount(rows.usual)} rows, ${formatBytes(storedBytes.usual)} stored (median of the ${comparedWith} before it); this backup has ${formatBytes(storedBytes.now)}`;
}
