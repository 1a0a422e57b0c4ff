import { HEALTH_GROUPS, type HealthFinding, type Severity } from '../../engine/health/finding.ts';
import type { HealthReport } from '../../engine/health/health.ts';
import { inWords, secondsInWords } from '../../engine/health/words.ts';
import type { Page } from './page.ts';
import { pasteable } from './pasteable.ts';
import { printable } from './printable.ts';
import { countOf } from './units.ts';
import { labelled } from './wrap.ts';

const LABEL_COLUMNS = 'critical'.length;

/**
 * What is wrong comes first, the worst at the top, each with what to do. Then what is not known, by its reason,
 * and what is well, a line for each group: all of it fits one screen when all is well.
 */
export function healthText(report: HealthReport, page: Page): string[] {
  const { findings, server, source } = report;
  const of = (...severities: Severity[]) => findings.filter(({ severity }) => severities.includes(severity));
  const { bold } = page.paint;
  const about = server ? `, PostgreSQL ${server.version}${server.isStandby ? ', a standby' : ''}` : '';
  const wrong = of('critical', 'warning', 'info');
  return [
    bold(printable(`${source}${about}`)),
    '',
    ...wrong.flatMap((finding) => [...findingLines(finding, report, page), '']),
    ...unknownLines(of('unknown'), page),
    ...wellLines(of('ok'), report, page),
    verdictOf(report, page),
  ];
}

function findingLines(finding: HealthFinding, report: HealthReport, page: Page): string[] {
  const { severity, check, what, meaning, remedy, statements = [] } = finding;
  const label = `${severity.padEnd(LABEL_COLUMNS)}  `;
  const [first = '', ...rest] = labelled(
    label,
    printable(`${check}: ${what}${ageOf(finding, report)}`),
    page.columns,
  );
  const indent = ' '.repeat(label.length);
  const explained = (text: string | undefined, word: string) =>
    text === undefined ? [] : labelled(`${indent}${word}`, printable(text), page.columns);
  return [
    `${colourOf(severity, page)(severity)}${first.slice(severity.length)}`,
    ...rest,
    ...explained(meaning, ''),
    ...explained(remedy, 'to do: '),
    // Not wrapped, so that they can be pasted.
    ...statements.map((statement) => `${indent}${page.paint.cyan(pasteable(statement))}`),
  ];
}

/** So many have one reason only if nothing could be asked. */
const MANY = 12;

/** Checks that are unknown for one reason share a line. */
function unknownLines(findings: readonly HealthFinding[], page: Page): string[] {
  const label = `${'unknown'.padEnd(LABEL_COLUMNS)}  `;
  const byReason = Map.groupBy(findings, ({ what, statements = [] }) => [what, ...statements].join('\n'));
  const lines = [...byReason.values()].flatMap((some) => {
    const [{ what = '', statements = [] } = {}] = some;
    const names = some.length > MANY ? 'everything else' : some.map(({ check }) => check).join(', ');
    const reason = what.replace(/^Not known: /, '');
    return [
      ...labelled(label, printable(`${names}: ${reason}`), page.columns).map(page.paint.dim),
      ...statements.map((statement) => `${' '.repeat(label.length)}${page.paint.cyan(pasteable(statement))}`),
    ];
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

function wellLines(findings: readonly HealthFinding[], report: HealthReport, page: Page): string[] {
  const widest = Math.max(...HEALTH_GROUPS.map(({ length }) => length));
  const byGroup = Map.groupBy(findings, ({ group }) => group);
  const lines = HEALTH_GROUPS.flatMap((group) => {
    const some = byGroup.get(group);
    if (!some) return [];
    const values = some.map((finding) => `${finding.check}${shownValue(finding)}${ageOf(finding, report)}`);
    const label = `${'ok'.padEnd(LABEL_COLUMNS)}  ${group.padEnd(widest)}  `;
    const [first = '', ...rest] = labelled(label, printable(values.join(' · ')), page.columns);
    return [`${page.paint.green('ok')}${first.slice(2)}`, ...rest];
  });
  return lines.length === 0 ? [] : [...lines, ''];
}

function shownValue({ value, unit, figures = {} }: HealthFinding): string {
  const { connectMs, sizeBytes } = figures;
  if (typeof connectMs === 'number') return ` in ${inWords(connectMs, 'ms')}`;
  if (value !== null) return ` ${inWords(value, unit)}`;
  return typeof sizeBytes === 'number' ? ` ${inWords(sizeBytes, 'bytes')}` : '';
}

/** What was taken over from an earlier run says so. */
function ageOf({ measuredAt }: HealthFinding, { checkedAt }: HealthReport): string {
  if (measuredAt === undefined || measuredAt === checkedAt) return '';
  return ` (${secondsInWords((Date.parse(checkedAt) - Date.parse(measuredAt)) / 1000)} ago)`;
}

function verdictOf({ totals }: HealthReport, { paint }: Page): string {
  const { critical, warning, info, unknown } = totals;
  const parts = [
    ...(critical > 0 ? [paint.red(`${critical} critical`)] : []),
    ...(warning > 0 ? [paint.yellow(countOf(warning, 'warning'))] : []),
    ...(critical + warning === 0 ? [paint.green('nothing wrong')] : []),
    ...(info > 0 ? [`${info} to know`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return `${paint.bold(parts.join(', '))}.`;
}

function colourOf(severity: Severity, { paint }: Page): (text: string) => string {
  const paints = {
    critical: paint.red,
    warning: paint.yellow,
    info: paint.cyan,
    unknown: paint.dim,
    ok: paint.green,
  };
  return paints[severity];
}
