import type { RowsPlan, RowsReport, RowsResult } from '../../engine/bring-back/bring-back.ts';
import type { Conflict, Key, TableRows } from '../../engine/bring-back/bring-back-report.ts';
import { encryptedTo } from './encrypted-to.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatCount, formatDuration, formatTime } from './units.ts';

/** Longer values are cut: people only have to recognise a key. */
const MOST_VALUE_CHARACTERS = 60;
const MOST_CONFLICTS = 20;

/** What a person reads before typing the database's name. */
export function rowsPlanText(plan: RowsPlan, page: Page): string[] {
  const { bold, yellow } = page.paint;
  const { trial, target } = plan;
  return [
    ...(trial ? tablesText(trial, page) : []),
    bold(`Rows of ${plan.backup} go into ${printable(target.display)}.`),
    ...factLines(
      [
        ['warning', plan.ofAnotherDatabase ? yellow(otherDatabase(plan)) : undefined],
        ['backup', `${formatTime(new Date(plan.backupAt))} UTC`],
        ['rows', trial ? willText(trial, plan) : kindsText(plan)],
        ['locks', locksText(trial)],
        [
          'batches',
          plan.batchRows === null
            ? undefined
            : yellow(
                `${formatCount(plan.batchRows)} rows in each transaction; if one is refused, those before it stay`,
              ),
        ],
        [
          'before',
          plan.keepsCopy
            ? `rows that change are copied to the vault first, ${encryptedTo(plan.safetyRecipients)}; --undo puts them back`
            : yellow('what the rows were is not kept (--no-safety-backup): this cannot be undone'),
        ],
        ...(trial?.notes ?? []).map((note): LabelledFact => ['note', printable(note)]),
      ],
      page,
    ),
  ];
}

export function rowsText(result: RowsResult, notices: readonly string[], page: Page): string[] {
  const { bold, green, red, yellow } = page.paint;
  const { plan, outcome, dryRun, safetyCopies } = result;
  const isFine = outcome === 'restored' || outcome === 'nothing';
  const name = printable(plan.target.database);
  const said = dryRun ? DRY_OUTCOMES[outcome] : OUTCOMES[outcome];
  return [
    ...tablesText(result, page),
    ...conflictsText(result, page),
    `${bold(plan.backup)}: ${bold((isFine ? green : red)(said))} ${bold(name)}.`,
    ...factLines(
      [
        ['target', printable(plan.target.display)],
        ['warning', plan.ofAnotherDatabase ? yellow(otherDatabase(plan)) : undefined],
        ['rows', dryRun || outcome === 'refused' ? willText(result, plan) : doneText(result, plan)],
        ['locks', locksText(result)],
        ...result.sequences.map(
          ({ name: sequence, value }): LabelledFact => [
            'sequence',
            `${printable(sequence)} was advanced to ${value}`,
          ],
        ),
        ['took', formatDuration(result.durationMs)],
        ...result.notes.map((note): LabelledFact => ['note', printable(note)]),
        ...notices.map((notice): LabelledFact => ['note', notice]),
        ['next', nextText(result)],
      ],
      page,
    ),
    ...(safetyCopies.length === 0
      ? []
      : [
          '',
          safetyCopies.length === 1
            ? '  To put back what was there before:'
            : '  To put back what was there before, one after the other:',
          ...safetyCopies.map((copy) => `  lifeboat restore --undo ${copy}`),
        ]),
  ];
}

const OUTCOMES: Readonly<Record<RowsReport['outcome'], string>> = {
  restored: 'brought back into',
  partial: 'partly brought back into',
  refused: 'NOT brought back: nothing was changed in',
  nothing: 'nothing to bring back into',
};
const DRY_OUTCOMES: Readonly<Record<RowsReport['outcome'], string>> = {
  restored: 'can be brought back into',
  partial: 'can partly be brought back into',
  refused: 'cannot be brought back into',
  nothing: 'nothing to bring back into',
};

function otherDatabase({ target }: RowsPlan): string {
  return `${printable(target.database)} is not the database that was backed up`;
}

function kindsText({ kinds }: RowsPlan): string {
  return [
    'missing rows are inserted',
    kinds.includes('changed') ? 'changed rows are overwritten' : 'changed rows stay',
    kinds.includes('added') ? 'added rows are deleted' : 'added rows stay',
  ].join(', ');
}

function willText(report: RowsReport, plan: RowsPlan): string {
  const { tables, outcome } = report;
  if (outcome === 'refused') {
    const added = tables.some((one) => one.added !== null)
      ? [`${formatCount(sum(tables, (one) => one.added ?? 0))} added`]
      : [];
    return [
      `${formatCount(sum(tables, ({ missing }) => missing))} missing`,
      `${formatCount(sum(tables, ({ changed }) => changed))} changed`,
      ...added,
      `with ${report.conflictsCounted ? '' : 'at least '}${countOf(report.conflictCount, 'conflict')}`,
    ].join(', ');
  }
  return `${rowsIn(tables, 'inserted')} to insert, ${rowsIn(tables, 'overwritten')} to overwrite, ${rowsIn(tables, 'deleted')} to delete${staying(tables, plan)}`;
}

function doneText({ tables }: RowsReport, plan: RowsPlan): string {
  return `${rowsIn(tables, 'inserted')} inserted, ${rowsIn(tables, 'overwritten')} overwritten, ${rowsIn(tables, 'deleted')} deleted${staying(tables, plan)}`;
}

/** What stays although it differs, and the option that would change it. An undo always does everything. */
function staying(tables: readonly TableRows[], { kinds }: RowsPlan): string {
  const changed = sum(tables, (one) => one.changed);
  const added = sum(tables, (one) => one.added ?? 0);
  return [
    ...(changed > 0 && !kinds.includes('changed')
      ? [`; ${formatCount(changed)} changed since stay as they are (--overwrite)`]
      : []),
    ...(added > 0 && !kinds.includes('added')
      ? [`; ${formatCount(added)} added since stay (--delete-added)`]
      : []),
  ].join('');
}

function rowsIn(tables: readonly TableRows[], what: 'inserted' | 'overwritten' | 'deleted'): string {
  return formatCount(sum(tables, (one) => one[what]));
}

function sum(tables: readonly TableRows[], of: (table: TableRows) => number): number {
  return tables.reduce((total, table) => total + of(table), 0);
}

function locksText(report: RowsReport | undefined): string {
  const time = report ? `: for ${formatDuration(report.lockedMs)}` : '';
  const held =
    'only these rows, and those that they refer to, are locked; reading and all other writing go on';
  return `${held}${time}`;
}

function nextText({ outcome, dryRun }: RowsResult): string | undefined {
  if (outcome === 'refused') {
    return 'solve the conflicts above, bring back the rows that they name as well, or add --skip-conflicts to do the rest';
  }
  if (dryRun && outcome !== 'nothing') return 'run the same command without --dry-run';
  return undefined;
}

function tablesText({ tables }: RowsReport, page: Page): string[] {
  const shown = tables.filter(
    (one) => one.missing + one.changed + (one.added ?? 0) + (one.chosen ?? 0) > 0 || one.notes.length > 0,
  );
  if (shown.length === 0) return [];
  return [
    ...renderTable(columns(page, shown), shown, page),
    '',
    ...shown.flatMap((table) => details(table, page)),
  ];
}

function details(table: TableRows, page: Page): string[] {
  const { examples } = table;
  const facts = [
    ...table.notes.map((note): LabelledFact => ['note', printable(note)]),
    keysFact('missing', examples.missing, table.missing),
    keysFact('changed', examples.changed, table.changed),
    keysFact('added', examples.added, table.added ?? 0),
    [
      'altered',
      table.altered > 0
        ? `${countOf(table.altered, 'row')} came out otherwise than in the backup: a trigger, or an identity column that is always generated, changed them`
        : undefined,
    ] as LabelledFact,
  ].filter(([, text]) => text !== undefined);
  return facts.length === 0 ? [] : [page.paint.bold(printable(table.name)), ...factLines(facts, page), ''];
}

function keysFact(label: string, keys: readonly Key[], count: number): LabelledFact {
  if (keys.length === 0) return [label, undefined];
  const more = count > keys.length ? `; and ${formatCount(count - keys.length)} more (--limit)` : '';
  return [label, `${keys.map(keyText).join('; ')}${more}`];
}

function conflictsText(report: RowsReport, page: Page): string[] {
  const { conflicts, conflictCount, conflictsCounted } = report;
  if (conflicts.length === 0) return [];
  const shown = conflicts.slice(0, MOST_CONFLICTS);
  const rest = conflictCount - shown.length;
  const listed = conflicts.length > shown.length ? `; --json lists ${formatCount(conflicts.length)}` : '';
  return [
    page.paint.bold(page.paint.red('conflicts')),
    ...factLines(
      [
        ...shown.map((conflict): LabelledFact => [printable(conflict.table), conflictText(conflict)]),
        [
          '',
          rest > 0
            ? `and ${conflictsCounted ? '' : 'at least '}${formatCount(rest)} more${listed}`
            : undefined,
        ],
      ],
      page,
    ),
    '',
  ];
}

function conflictText({ table, key, reason, other }: Conflict): string {
  if (!other) return `${keyText(key)}: ${printable(reason)}`;
  const where = other.table === table ? '' : `${printable(other.table)} `;
  return `${keyText(key)}: ${printable(reason)}: ${where}${keyText(other.key)}`;
}

function keyText(key: Key): string {
  return Object.entries(key)
    .map(([column, value]) => `${printable(column)}=${valueText(value)}`)
    .join(', ');
}

function valueText(value: string | null): string {
  if (value === null) return 'NULL';
  const text = printable(value);
  return text.length > MOST_VALUE_CHARACTERS ? `${text.slice(0, MOST_VALUE_CHARACTERS - 1)}…` : text;
}

function columns({ paint }: Page, shown: readonly TableRows[]): ReadonlyArray<Column<TableRows>> {
  const chosen: Column<TableRows> = {
    title: 'CHOSEN',
    align: 'right',
    cell: ({ chosen: count }) => formatCount(count ?? 0),
  };
  const of = (done: number, all: number | null) =>
    (all === null ? '-' : formatCount(all)) + (done > 0 && done !== all ? ` (${formatCount(done)})` : '');
  return [
    { title: 'TABLE', cell: ({ name }) => printable(name), mayCut: true },
    ...(shown.some((table) => table.chosen !== null) ? [chosen] : []),
    { title: 'MISSING', align: 'right', cell: ({ missing, inserted }) => of(inserted, missing) },
    { title: 'CHANGED', align: 'right', cell: ({ changed, overwritten }) => of(overwritten, changed) },
    { title: 'ADDED', align: 'right', cell: ({ added, deleted }) => of(deleted, added) },
    {
      title: 'CONFLICTS',
      align: 'right',
      cell: ({ conflicts }) => formatCount(conflicts),
      paint: (text, { conflicts }) => (conflicts > 0 ? paint.red(text) : text),
    },
  ];
}
