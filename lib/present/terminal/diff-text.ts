import type { DiffReport } from '../../engine/diff/diff.ts';
import type { RowExample, SchemaDiff, TableDiff, Values } from '../../engine/diff/diff-report.ts';
import { factLines, type LabelledFact } from './facts.ts';
import { momentFacts } from './moment-facts.ts';
import { noticeFacts } from './notice-facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { formatAge, formatCount, formatDuration, formatTime } from './units.ts';
import { wayBack } from './way-back.ts';

export interface ComparedBackup {
  readonly name: string;
  readonly source: string;
  /** Whether the source was given as an option, so that another command needs it again. */
  readonly namedSource: boolean;
  readonly report: DiffReport;
  readonly notices: readonly string[];
}

/** Longer values are cut: people only have to recognise an example. */
const MOST_VALUE_CHARACTERS = 60;

export function diffText(
  { name, source, namedSource, report, notices }: ComparedBackup,
  page: Page,
): string[] {
  const { tables, schema, totals } = report;
  const { bold, green, yellow } = page.paint;
  const different = tables.filter(({ state }) => state !== 'same');
  const isSame = different.length === 0 && schema.length === 0;
  const since = Date.parse(report.sourceAt) - Date.parse(report.backupAt);
  return [
    ...(report.sameDatabase
      ? []
      : [`${yellow('Another database:')} ${printable(source)} is not the one that was backed up.`, '']),
    ...(different.length > 0 ? [...renderTable(columns(page), different, page), ''] : []),
    ...different.flatMap((table) => details(table, page)),
    ...(schema.length > 0 ? ['schema', ...factLines(schema.map(schemaFact), page), ''] : []),
    `${bold(name)}${report.moment ? `, at LSN ${report.moment.lsn}` : ''}: ${isSame ? green('the same as') : yellow('different from')} the source now.`,
    ...factLines(
      [
        ['source', printable(source)],
        [
          report.moment ? 'then' : 'backup',
          `${formatTime(new Date(report.backupAt))} UTC, ${formatAge(since)} before the source was read`,
        ],
        [
          'rows',
          `${formatCount(totals.deleted)} deleted, ${formatCount(totals.added)} added, ${formatCount(totals.changed)} changed since`,
        ],
        ['tables', tablesText(report)],
        [
          'note',
          report.unfinished.length > 0
            ? `an unfinished restore has left ${printable(report.unfinished.join(', '))}, which is not compared; \`lifeboat doctor\` says how to end it`
            : undefined,
        ],
        ...momentFacts(report.moment ?? undefined),
        ['took', formatDuration(report.durationMs)],
        ...noticeFacts(notices),
      ],
      page,
    ),
    ...(report.sameDatabase ? wayBack(name, tables, { named: namedSource, lsn: report.moment?.lsn }) : []),
  ];
}

function tablesText({ totals }: DiffReport): string {
  const { tables, same, unknown } = totals;
  const parts = [
    `${formatCount(same)} of ${formatCount(tables)} the same`,
    ...(unknown > 0 ? [`${formatCount(unknown)} not compared`] : []),
  ];
  return parts.join(', ');
}

/** The notes and examples of one table. */
function details({ name, notes, examples, deleted, added, changed }: TableDiff, page: Page): string[] {
  const facts = [
    ...notes.map((note): LabelledFact => ['note', printable(note)]),
    ...exampleFacts('deleted', examples.deleted, deleted),
    ...exampleFacts('added', examples.added, added),
    ...exampleFacts('changed', examples.changed, changed),
  ];
  return facts.length === 0 ? [] : [page.paint.bold(printable(name)), ...factLines(facts, page), ''];
}

/** Shows keys side by side on one line, and each whole row on a line of its own. */
function exampleFacts(label: string, examples: readonly RowExample[], count: number | null): LabelledFact[] {
  const [first] = examples;
  if (!first) return [];
  const rest = (count ?? 0) - examples.length;
  const more = rest > 0 ? `and ${formatCount(rest)} more (--limit)` : undefined;
  if (!first.backup && !first.source) {
    const keys = examples.map(({ key = {} }) => valuesText(key)).join('; ');
    return [[label, more === undefined ? keys : `${keys}; ${more}`]];
  }
  return [...examples.map((example): LabelledFact => [label, exampleText(example)]), ['', more]];
}

function exampleText({ key, backup, source }: RowExample): string {
  if (!backup || !source) return valuesText(backup ?? source ?? {});
  const changes = Object.keys(backup)
    .filter((column) => backup[column] !== source[column])
    .map((column) => `${printable(column)}: ${valueText(backup[column])} → ${valueText(source[column])}`);
  return `${valuesText(key ?? {})}: ${changes.join(', ')}`;
}

function valuesText(values: Values): string {
  return Object.entries(values)
    .map(([column, value]) => `${printable(column)}=${valueText(value)}`)
    .join(', ');
}

function valueText(value: string | null | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  const text = printable(value);
  return text.length > MOST_VALUE_CHARACTERS ? `${text.slice(0, MOST_VALUE_CHARACTERS - 1)}…` : text;
}

function schemaFact({ kind, name, change, facts }: SchemaDiff): LabelledFact {
  return [change, printable(`${kind} ${name}${facts.length > 0 ? `: ${facts.join(', ')}` : ''}`)];
}

function columns({ paint }: Page): ReadonlyArray<Column<TableDiff>> {
  const count = (value: number | null) => (value === null ? '-' : formatCount(value));
  const states = {
    same: paint.green,
    differs: paint.yellow,
    gone: paint.red,
    new: paint.cyan,
    unknown: paint.red,
  };
  return [
    { title: 'TABLE', cell: ({ name }) => printable(name), mayCut: true },
    { title: 'BACKUP', align: 'right', cell: ({ backupRows }) => formatCount(backupRows), dropOrder: 2 },
    { title: 'SOURCE', align: 'right', cell: ({ sourceRows }) => count(sourceRows), dropOrder: 1 },
    { title: 'DELETED', align: 'right', cell: ({ deleted }) => count(deleted) },
    { title: 'ADDED', align: 'right', cell: ({ added }) => count(added) },
    { title: 'CHANGED', align: 'right', cell: ({ changed }) => count(changed) },
    { title: 'STATE', cell: ({ state }) => state, paint: (text, { state }) => states[state](text) },
  ];
}
