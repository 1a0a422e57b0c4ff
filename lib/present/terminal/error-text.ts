import type { LifeboatError } from '../../engine/ground/errors.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { labelled } from './wrap.ts';

/**
 * Prints an error in three parts: what failed, what it means, what to do. The code comes last: people search
 * for it.
 */
export function errorText(error: LifeboatError, exitCode: number, page: Page): string {
  const { paint, columns } = page;
  const part = (label: string, text: string | undefined) =>
    text ? labelled(label.padEnd('meaning  '.length), printable(text), columns) : [];
  const [first = '', ...rest] = part('error', error.what);
  return [
    paint.red(paint.bold(first.slice(0, 'error'.length))) + first.slice('error'.length),
    ...rest,
    ...part('meaning', error.meaning),
    ...part('to do', error.remedy),
    ...part('code', `${error.code} (exit ${exitCode})`).map(paint.dim),
    '',
  ].join('\n');
}
