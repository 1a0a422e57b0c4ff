import type { DoctorReport, Finding, FindingVerdict } from '../../engine/doctor/doctor.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf } from './units.ts';
import { labelled } from './wrap.ts';

const LABEL_COLUMNS = 'problem'.length;

/** Lists the findings by topic, each with its remedy below it, and ends with a summary line. */
export function doctorText({ findings, totals }: DoctorReport, page: Page): string[] {
  const topics = Map.groupBy(findings, ({ topic }) => topic);
  const { bold, green, yellow, red } = page.paint;
  const problems = countOf(totals.problem, 'problem');
  const warnings = countOf(totals.warning, 'warning');
  const verdict =
    totals.problem > 0 ? red(problems) : totals.warning > 0 ? yellow('no problem') : green('no problem');
  return [
    ...[...topics].flatMap(([topic, some]) => [
      bold(topic),
      ...some.flatMap((finding) => findingLines(finding, page)),
      '',
    ]),
    `${bold(verdict)}${totals.warning > 0 ? `, ${warnings}` : ''}.`,
  ];
}

function findingLines({ verdict, what, remedy }: Finding, page: Page): string[] {
  const label = `  ${verdict.padEnd(LABEL_COLUMNS)}  `;
  const [first = '', ...rest] = labelled(label, printable(what), page.columns);
  const indent = ' '.repeat(label.length);
  const advice =
    remedy === undefined || verdict === 'ok'
      ? []
      : labelled(`${indent}to do: `, printable(remedy), page.columns);
  return [`  ${colourOf(verdict, page)(verdict)}${first.slice(2 + verdict.length)}`, ...rest, ...advice];
}

function colourOf(verdict: FindingVerdict, { paint }: Page): (text: string) => string {
  return { ok: paint.green, warning: paint.yellow, problem: paint.red, skipped: paint.dim }[verdict];
}
