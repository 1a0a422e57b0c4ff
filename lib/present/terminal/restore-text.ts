import type { RestoreReport } from '../../engine/restore/restore.ts';
import { factLines, type LabelledFact } from './facts.ts';
import { momentFacts } from './moment-facts.ts';
import { newerFacts } from './newer-facts.ts';
import { noticeFacts } from './notice-facts.ts';
import type { Page } from './page.ts';
import { phasesText } from './phases-text.ts';
import { printable } from './printable.ts';
import { rolesList } from './roles-list.ts';
import { countOf, formatBytes, formatCount, formatDuration } from './units.ts';

/** At most this many problems are shown; `--json` has all of them. */
const MOST_PROBLEMS = 50;

/** At most this many names are told of each kind of thing. */
const MOST_NAMES = 20;

function firstOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  if (more <= 0) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${formatCount(more)} more: --json has them all`;
}

/** Prints the summary of a restore: first what went wrong, then what the target holds now. */
export function restoreText(report: RestoreReport, notices: readonly string[], page: Page): string[] {
  const { paint } = page;
  const { outcome, backup, target, totals, safetyBackup, items, tiers } = report;
  const wrong = items.filter(({ verdict }) => verdict !== 'match');
  const name = `${backup.retentionClass}/${backup.source}/${backup.backupId}`;
  const isWhole = outcome === 'restored';
  // Then there is nothing to resume.
  const onlyMissing = !isWhole && totals.differing === report.dependents.missing.length;
  return [
    ...problems(wrong, page),
    `${paint.bold(name)}: ${paint.bold((isWhole ? paint.green : paint.red)(outcome))} into ${paint.bold(printable(target.database))}.`,
    ...factLines(
      [
        ['target', `${printable(target.display)}, PostgreSQL ${printable(target.serverVersion)}`],
        [
          'rows',
          `${formatCount(totals.rows)} in ${countOf(totals.tables, 'table')}, ${formatBytes(totals.rawBytes)}`,
        ],
        ['compared', comparedText(report)],
        ...momentFacts(report.moment ?? undefined),
        [
          'recovery time',
          `${formatDuration(report.recoveryTimeMs)}; in total ${formatDuration(report.durationMs)}`,
        ],
        ...(tiers.length > 1
          ? tiers.map(
              ({ names, readyAfterMs }, index): LabelledFact => [
                `tier ${index + 1}`,
                `after ${formatDuration(readyAfterMs)}: ${printable(names.length > 0 ? names.join(', ') : 'everything else')}`,
              ],
            )
          : []),
        ['phases', phasesText(report.phases)],
        ...newerFacts(report.discarded, page),
        ['kept', report.kept.length > 0 ? `as they were: ${printable(firstOf(report.kept))}` : undefined],
        [
          'roles',
          report.rolesCreated.length > 0
            ? `created, without passwords: ${rolesList(report.roles)}. Set one for each role that logs in (ALTER ROLE … LOGIN PASSWORD …)`
            : undefined,
        ],
        [
          'with them',
          report.dependents.made.length > 0 ? printable(firstOf(report.dependents.made)) : undefined,
        ],
        ['before', safetyBackup ? `the data from before the restore are kept as ${safetyBackup}` : undefined],
        ...report.notes.map((note): LabelledFact => ['note', printable(note)]),
        ...noticeFacts(notices),
        [
          'next',
          onlyMissing
            ? `make what is missing: \`${printable(report.dependents.command ?? '')}\``
            : isWhole
              ? undefined
              : 'fix the causes of the failures above and run the same command with --resume, which retries what failed. If there is nothing to fix, run `DROP SCHEMA lifeboat_restore CASCADE` in the target',
        ],
      ],
      page,
    ),
  ];
}

/** A table of a moment: its changes were replayed and its rows counted (restore/load/replay-changes.ts). */
const REPLAYED = /^\d+ changes were replayed/;

function problems(wrong: RestoreReport['items'], page: Page): string[] {
  if (wrong.length === 0) return [];
  // Failures come first, because people must see them; objects that were left out follow.
  const sorted = [...wrong].sort((a, b) => Number(b.verdict === 'differs') - Number(a.verdict === 'differs'));
  const shown = sorted
    .slice(0, MOST_PROBLEMS)
    .map(
      ({ kind, name, verdict, reason = '' }): LabelledFact => [
        verdict === 'differs' ? 'failed' : REPLAYED.test(reason) ? 'replayed' : 'left out',
        printable(`${kind} ${name}: ${reason}`),
      ],
    );
  const more = sorted.length - shown.length;
  return [
    ...factLines(shown, page),
    ...(more > 0 ? [`  and ${formatCount(more)} more: --json has them all`] : []),
    '',
  ];
}

function comparedText({ totals, items, catalog, comparedBefore, resumed, moment }: RestoreReport): string {
  const equal = [
    ...COMPARED_KINDS.flatMap(([kind, noun]) => {
      // Foreign keys are counted with the other objects of the catalog.
      if (kind === 'foreign-key' && catalog.length > 0) return [];
      const count = items.filter((item) => item.kind === kind && item.verdict === 'match').length;
      return count > 0 ? [countOf(count, noun)] : [];
    }),
    ...(items.some(({ kind, verdict }) => kind === 'large-objects' && verdict === 'match')
      ? ['the large objects']
      : []),
    ...(catalog.length > 0
      ? [
          `${countOf(
            catalog.reduce((sum, { matched }) => sum + matched, 0),
            'object',
          )} of the catalog`,
        ]
      : []),
  ];
  const parts = [
    ...(equal.length > 0 ? [`${equal.join(', ')}: as backed up`] : []),
    ...(comparedBefore > 0
      ? [
          `${countOf(comparedBefore, 'table')}: as backed up when the interrupted run compared ${comparedBefore === 1 ? 'it' : 'them'}`,
        ]
      : []),
    ...(totals.differing > 0 ? [`${formatCount(totals.differing)} failed`] : []),
    ...(totals.skipped > 0
      ? [`${formatCount(totals.skipped)} ${moment ? 'replayed or left out' : 'left out'}`]
      : []),
  ];
  return (
    parts.join('; ') ||
    (resumed ? 'nothing in this run, which went on with what an earlier one had loaded' : 'nothing')
  );
}

/** The kinds that people count. Items of other kinds are mentioned only if they are wrong. */
const COMPARED_KINDS = [
  ['table', 'table'],
  ['sequence', 'sequence'],
  ['foreign-key', 'foreign key'],
] as const;
