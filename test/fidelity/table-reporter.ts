import type { Reporter, TestModule } from 'vitest/node';
import type { Outcome } from './outcome.ts';

/** Prints scenarios × columns when a run of this suite ends. What is not plainly good is a number, explained below. */
export default class FidelityTableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const outcomes = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => test.meta().fidelity ?? []);
    if (outcomes.length > 0) console.log(`\n${formatTable(outcomes)}`);
  }
}

const PLAIN = new Set(['equal', 'proven', 'proven with skips', 'DIFFERS']);

/** As a Markdown table. */
export function formatTable(outcomes: readonly Outcome[]): string {
  const columns = [...new Set(outcomes.map(({ column }) => column))].sort(byNumberThenName);
  const rows = Map.groupBy(outcomes, ({ scenario }) => scenario);
  const notes = new Map<string, number>();
  const shorten = (result: string) => {
    if (PLAIN.has(result)) return result;
    const number = notes.get(result) ?? notes.size + 1;
    notes.set(result, number);
    return `${result.split(':')[0]} (${number})`;
  };
  const cells = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([scenario, own]) => {
      const byColumn = new Map(own.map(({ column, result }) => [column, result]));
      return [scenario, ...columns.map((column) => shorten(byColumn.get(column) ?? '') || ' ')];
    });
  const line = (values: readonly string[]) => `| ${values.join(' | ')} |`;
  return [
    line(['scenario', ...columns]),
    line(['---', ...columns.map(() => '---')]),
    ...cells.map(line),
    '',
    ...[...notes].filter(([text]) => text !== '').map(([text, number]) => `${number}. ${text}`),
    '',
    `${rows.size} scenarios; ${countOf(outcomes)}`,
  ].join('\n');
}

function countOf(outcomes: readonly Outcome[]): string {
  const kinds = Map.groupBy(outcomes, ({ result }) => result.split(':')[0] ?? '');
  return [...kinds].map(([kind, own]) => `${own.length} ${kind}`).join(', ');
}

function byNumberThenName(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1);
}
