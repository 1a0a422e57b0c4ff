import type { Page } from './page.ts';
import { pad } from './table.ts';
import { labelled } from './wrap.ts';

/** A label and its text. Facts without a text are left out. */
export type LabelledFact = readonly [label: string, text: string | undefined];

/** Lines of `  label   text`, the texts under each other and wrapped to the page. */
export function factLines(facts: readonly LabelledFact[], page: Page): string[] {
  const said = facts.filter(([, text]) => text);
  const width = said.reduce((widest, [label]) => Math.max(widest, label.length), 0);
  return said.flatMap(([label, text = '']) => {
    const [first = '', ...rest] = labelled(`  ${pad(label, width)}  `, text, page.columns);
    return [`  ${page.paint.dim(label)}${first.slice(2 + label.length)}`, ...rest];
  });
}
