import { nameOfBackup } from '../../engine/archive/listing.ts';
import { shortKey } from '../../engine/attest/check-record.ts';
import type { EvidenceReport, SourceEvidence } from '../../engine/evidence/evidence-report.ts';
import type { VerifiedBackup } from '../../engine/evidence/verify-evidence.ts';
import { factLines } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatCount, formatDuration, formatTime } from './units.ts';
import { wrap } from './wrap.ts';

/** So many exceptions fit on a screen. --json and --html have all. */
const MOST_EXCEPTIONS = 40;

export function evidenceText(report: EvidenceReport, html: string | undefined, page: Page): string[] {
  const { sources, exceptions, trail, limits } = report;
  const { paint } = page;
  const shown = exceptions.slice(0, MOST_EXCEPTIONS);
  const more = exceptions.length - shown.length;
  const restores = sources.flatMap((one) => one.restores);
  const changes = sources.flatMap((one) => one.changes);
  return [
    ...wrap(
      `${printable(report.vault)} from ${formatTime(new Date(report.from))} to ${formatTime(new Date(report.to))} UTC`,
      page.columns,
    ).map(paint.bold),
    ...(sources.length === 0
      ? ['No source is known.']
      : renderTable(sourceColumns(page, report), sources, page)),
    '',
    ...(exceptions.length === 0
      ? [
          sources.length === 0
            ? paint.yellow('Nothing is known, so there is nothing to find exceptions in.')
            : paint.green('No exceptions.'),
        ]
      : [
          paint.yellow(`${countOf(exceptions.length, 'exception')}:`),
          ...factLines(
            shown.map(({ at, source, what }) => [
              formatTime(new Date(at)),
              `${printable(source)}: ${printable(what)}`,
            ]),
            page,
          ),
          ...(more > 0 ? [`  and ${formatCount(more)} more: --json and --html have all of them`] : []),
        ]),
    ...(restores.length === 0
      ? []
      : [
          '',
          'Restores:',
          ...factLines(
            restores.map(({ finishedAt, name, by, target, outcome }) => [
              formatTime(new Date(finishedAt)),
              `${printable(name)} into ${printable(target.database)}, by ${printable(by)}: ${outcome}`,
            ]),
            page,
          ),
        ]),
    ...(changes.length === 0
      ? []
      : [
          '',
          'Holds and removals:',
          ...factLines(
            changes.map(({ at, what, name, by, reason }) => [
              formatTime(new Date(at)),
              `${what} of ${printable(name)}, by ${printable(by)}: ${printable(reason)}`,
            ]),
            page,
          ),
        ]),
    ...(trail === null
      ? []
      : ['', `CloudTrail: ${countOf(trail.length, 'event')}; --json and --html have them.`]),
    '',
    paint.dim('What this report does not know:'),
    ...limits.flatMap((one) => wrap(`- ${one}`, page.columns)),
    ...(html === undefined ? [] : ['', `The page is in ${printable(html)}.`]),
  ];
}

function sourceColumns({ paint }: Page, report: EvidenceReport): ReadonlyArray<Column<SourceEvidence>> {
  const duration = (length: number | null) => (length === null ? '-' : formatDuration(length));
  const { recoveryPointMs, recoveryTimeMs } = report.targets;
  const beside = (target: number | null) => (target === null ? '' : ` / ${formatDuration(target)}`);
  const isOver = (value: number | null, target: number | null) =>
    value !== null && target !== null && value > target;
  return [
    { title: 'SOURCE', cell: ({ name }) => printable(name), paint: paint.bold, mayCut: true },
    { title: 'BACKUPS', align: 'right', cell: ({ figures }) => formatCount(figures.backups) },
    {
      title: 'LONGEST GAP',
      cell: ({ figures }) => `${duration(figures.longestGapMs)}${beside(recoveryPointMs)}`,
      paint: (text, { figures }) =>
        isOver(figures.longestGapMs, recoveryPointMs) ? paint.yellow(text) : text,
    },
    {
      title: 'DRILLS PASSED',
      cell: ({ figures }) => `${figures.drillsPassed} of ${figures.drills}`,
      paint: (text, { figures }) => (figures.drillsPassed < figures.drills ? paint.red(text) : text),
    },
    {
      title: 'LONGEST RECOVERY',
      cell: ({ figures }) => `${duration(figures.longestRecoveryMs)}${beside(recoveryTimeMs)}`,
      paint: (text, { figures }) =>
        isOver(figures.longestRecoveryMs, recoveryTimeMs) ? paint.yellow(text) : text,
    },
    { title: 'RESTORES', align: 'right', cell: ({ restores }) => formatCount(restores.length), dropOrder: 1 },
  ];
}

export function keygenText(
  { privateFile, publicFile, keyId }: { privateFile: string; publicFile: string; keyId: string },
  page: Page,
): string[] {
  return [
    ...factLines(
      [
        ['private key', `${printable(privateFile)}: for --signing-key. Keep it where the vault is not.`],
        ['public key', `${printable(publicFile)}: for auditors, and for --public-key.`],
        ['key id', keyId],
      ],
      page,
    ),
  ];
}

interface HowVerified {
  readonly vault: string;
  readonly required: boolean;
}

export function verifiedText(
  backups: readonly VerifiedBackup[],
  { vault, required }: HowVerified,
  page: Page,
): string[] {
  const { paint } = page;
  if (backups.length === 0) return wrap(`There is no backup in ${printable(vault)}.`, page.columns);
  const counts = (verdict: VerifiedBackup['verdict']) =>
    backups.filter((one) => one.verdict === verdict).length;
  const colours = {
    signed: paint.green,
    'drill-failed': paint.red,
    unsigned: required ? paint.red : paint.yellow,
    'other-key': paint.yellow,
  };
  const colourOf = (verdict: VerifiedBackup['verdict']) =>
    verdict === 'altered' ? paint.red : colours[verdict];
  const problems = backups.flatMap(({ records }) => records.filter((one) => one.problems.length > 0));
  return [
    ...renderTable(
      [
        { title: 'BACKUP', cell: ({ place }) => nameOfBackup(place), paint: paint.bold },
        { title: 'PROOF', cell: ({ hasProof }) => (hasProof ? 'yes' : 'no'), dropOrder: 1 },
        {
          title: 'SIGNATURE',
          cell: ({ verdict }) => VERDICTS[verdict],
          paint: (text, { verdict }) => colourOf(verdict)(text),
        },
        { title: 'KEY', cell: ({ keyIds }) => keyIds.map(shortKey).join(' ') || '-', dropOrder: 2 },
      ] satisfies ReadonlyArray<Column<VerifiedBackup>>,
      backups,
      page,
    ),
    ...problems.flatMap(({ key, problems: words }) =>
      words.flatMap((one) => wrap(paint.red(`${printable(key)} ${printable(one)}.`), page.columns)),
    ),
    ...wrap(
      `${counts('signed')} signed, ${counts('drill-failed') > 0 ? `${counts('drill-failed')} signed as drills that failed, ` : ''}${counts('unsigned')} unsigned, ${counts('other-key')} signed by another key, ${counts('altered')} altered, in ${printable(vault)}.`,
      page.columns,
    ),
  ];
}

const VERDICTS: Readonly<Record<VerifiedBackup['verdict'], string>> = {
  signed: 'signed',
  'drill-failed': 'signed, FAILED',
  unsigned: 'unsigned',
  'other-key': 'another key',
  altered: 'ALTERED',
};
