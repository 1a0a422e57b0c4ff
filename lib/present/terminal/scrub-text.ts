import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { ScrubbedBackup, ScrubReport } from '../../engine/scrub/scrub-here.ts';
import { newestIntact } from '../../engine/scrub/scrub-words.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes, formatCount, formatDuration } from './units.ts';
import { wrap } from './wrap.ts';

export interface ShownScrub {
  readonly vault: string;
  readonly recorded: boolean;
  readonly report: ScrubReport;
}

/** Of one backup; --json has all. */
const SHOWN_PROBLEMS = 10;

export function scrubText({ vault, recorded, report }: ShownScrub, page: Page): string[] {
  const { totals, backups, skipped, passedOver, notRecorded, startedAt, endedAt } = report;
  const { green, red } = page.paint;
  const wrong = backups.filter(({ verdict }) => verdict !== 'intact');
  const isIntact = wrong.length === 0;
  const unopened = backups.filter(({ report: one }) => one?.encryption?.opened === false).length;
  return [
    ...wrong.flatMap((backup) => wrongText(backup, page)),
    ...wrap(
      isIntact
        ? `${countOf(totals.backups, 'backup')} in ${printable(vault)}: ${green('intact')}, every object is what was written.`
        : `${formatCount(wrong.length)} of ${countOf(totals.backups, 'backup')} in ${printable(vault)}: ${red('not intact')}.`,
      page.columns,
    ),
    ...factLines(
      [
        [
          'read',
          `${formatBytes(totals.readBytes)} in ${countOf(totals.objects, 'object')}, ${formatDuration(endedAt.getTime() - startedAt.getTime())}`,
        ],
        ['wrong', isIntact ? undefined : `${totals.damaged} damaged, ${totals.unreadable} unreadable`],
        [
          'left out',
          skipped.length === 0 ? undefined : `${countOf(skipped.length, 'backup')} that had been read before`,
        ],
        [
          'passed over',
          passedOver.length === 0
            ? undefined
            : `${passedOver.map(printable).join(', ')}: expired meanwhile, or still arriving`,
        ],
        [
          'unchecked',
          unopened === 0
            ? undefined
            : `the rows of ${countOf(unopened, 'encrypted backup')}, because no identity was given. Sizes, SHA-256 and headers were compared`,
        ],
        ['recorded', recorded ? 'in the vault; `lifeboat list` shows it' : undefined],
        ...(notRecorded
          ? [
              ['not recorded', printable(notRecorded.what)] as const,
              [
                '',
                'the result above is right all the same. Run it with credentials that may write below `scrubs/`',
              ] as const,
            ]
          : []),
        ...insteadOf(wrong, backups),
        ...toDo(totals),
      ],
      page,
    ),
  ];
}

/** Which backup to restore, for each source with one that is not intact. */
function insteadOf(wrong: readonly ScrubbedBackup[], all: readonly ScrubbedBackup[]): LabelledFact[] {
  const firsts = new Map(wrong.toReversed().map((backup) => [backup.place.source, backup]));
  return [...firsts].map(([source, backup]) => {
    const intact = newestIntact(backup, all);
    return [
      'intact',
      intact
        ? `the newest of ${printable(source)} is ${printable(nameOfBackup(intact.place))}: restore that one`
        : `no full backup of ${printable(source)} that was read now`,
    ];
  });
}

function toDo({ damaged, unreadable }: ScrubReport['totals']): LabelledFact[] {
  const steps = [
    ...(damaged > 0
      ? [
          'take a new backup with `lifeboat backup`, and keep the damaged ones until the cause is known: tables that are not named above are whole. docs/runbook.md#scrub-damaged says more',
        ]
      : []),
    ...(unreadable > 0
      ? ['find out why the vault does not return what is unreadable, and read again: it may be undamaged']
      : []),
  ];
  return steps.map((step, index) => [index === 0 ? 'to do' : '', step]);
}

function wrongText({ place, verdict, problems }: ScrubbedBackup, page: Page): string[] {
  const folder = `${nameOfBackup(place)}/`;
  const shortly = (name: string) => (name.startsWith(folder) ? name.slice(folder.length) : name);
  const more = problems.length - SHOWN_PROBLEMS;
  return [
    `${page.paint.bold(nameOfBackup(place))}: ${page.paint.red(verdict)}`,
    ...factLines(
      [
        ...problems
          .slice(0, SHOWN_PROBLEMS)
          .map(
            ({ name, verdict: found, problem }): LabelledFact => [
              found,
              printable(`${shortly(name)} ${problem}`),
            ],
          ),
        ...(more > 0 ? [['', `and ${formatCount(more)} more: --json shows them`] as const] : []),
      ],
      page,
    ),
    '',
  ];
}
