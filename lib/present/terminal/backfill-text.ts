import type { BackfillPlan, BackfillReport } from '../../engine/backfill/backfill.ts';
import type { BackfillRequest } from '../../engine/backfill/backfill-request.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatDuration } from './units.ts';
import { wrap } from './wrap.ts';

export interface ShownBackfill {
  readonly plan: BackfillPlan;
  readonly request: Pick<
    BackfillRequest,
    'batchSize' | 'jobs' | 'rowsPerSecond' | 'where' | 'withoutTriggers' | 'resume'
  >;
  readonly costPer1000: number | undefined;
}

export function costOf(rows: number, costPer1000: number | undefined): number | undefined {
  return costPer1000 === undefined ? undefined : Number(((rows * costPer1000) / 1000).toFixed(4));
}

/** What a backfill will do, before anybody agrees to it. */
export function backfillPlanText({ plan, request, costPer1000 }: ShownBackfill, page: Page): string[] {
  const { table, rows, display } = plan;
  const { batchSize, jobs, rowsPerSecond, where, withoutTriggers } = request;
  const cost = costOf(rows, costPer1000);
  const triggers = table.triggers.map(printable).join(', ');
  const facts: LabelledFact[] = [
    ['database', printable(display)],
    ['column', printable(`${table.schema}.${table.name}.${table.column.name} (${table.column.type})`)],
    ['rows', `${rows.toLocaleString('en')}${where === undefined ? '' : ', which fulfil the condition now'}`],
    ['batches', `${Math.ceil(rows / batchSize).toLocaleString('en')} of ${batchSize}, ${jobs} at once`],
    ['in the order of', printable(table.key.map(({ name }) => name).join(', '))],
    [
      'cost',
      cost === undefined ? undefined : `about ${cost.toLocaleString('en', { maximumFractionDigits: 2 })}`,
    ],
    [
      'time',
      rowsPerSecond === undefined
        ? undefined
        : `at least ${formatDuration((rows / rowsPerSecond) * 1000)}, at ${rowsPerSecond} rows a second`,
    ],
    [
      'triggers',
      triggers === ''
        ? undefined
        : `${triggers} ${withoutTriggers ? 'will not fire' : 'will fire for each row'}`,
    ],
    [
      'not filled',
      table.heirs.length === 0
        ? undefined
        : `${table.heirs.map(printable).join(', ')}, which inherit${table.heirs.length === 1 ? 's' : ''} from it: name ${table.heirs.length === 1 ? 'it' : 'each'} with --table`,
    ],
    [
      'indexes',
      table.indexes.length === 0 ? undefined : `${table.indexes.map(printable).join(', ')} will grow`,
    ],
  ];
  return [`Compute ${printable(table.column.name)} anew:`, ...factLines(facts, page)];
}

/** How a backfill came out. */
export function backfillText(report: BackfillReport, file: string, page: Page): string[] {
  const { counts, failed, remaining, durationMs } = report;
  const name = printable(`${report.table}.${report.column}`);
  const perSecond = Math.round(counts.written / Math.max(durationMs / 1000, 0.001));
  const lines = [
    `${countOf(counts.written, 'row')} of ${name} ${counts.written === 1 ? 'has a' : 'have'} new ${counts.written === 1 ? 'value' : 'values'}, after ${formatDuration(durationMs)} (${perSecond.toLocaleString('en')} rows a second).`,
    ...(counts.kept > 0
      ? [
          `${countOf(counts.kept, 'row')} ${counts.kept === 1 ? 'was' : 'were'} left as ${counts.kept === 1 ? 'it is' : 'they are'}: the value was NULL.`,
        ]
      : []),
    ...(counts.gone > 0
      ? [
          `${countOf(counts.gone, 'row')} needed no value any more: somebody deleted or changed ${counts.gone === 1 ? 'it' : 'them'} meanwhile.`,
        ]
      : []),
    ...(failed.length > 0
      ? [
          page.paint.red(
            `${countOf(failed.length, 'row')} ${failed.length === 1 ? 'was' : 'were'} refused, and ${failed.length === 1 ? 'has' : 'have'} no new value: ${printable(file)} lists ${failed.length === 1 ? 'it' : 'them'}, with the reasons.`,
          ),
        ]
      : []),
    ...(remaining
      ? [`${countOf(remaining, 'row')} ${remaining === 1 ? 'fulfils' : 'fulfil'} the condition now.`]
      : []),
    ...(counts.written > 10_000
      ? [
          `Each changed row left an old version behind. Run \`VACUUM (ANALYZE) ${printable(report.table)};\` now, or let autovacuum do it.`,
        ]
      : []),
  ];
  return lines.flatMap((line) => wrap(line, page.columns));
}
