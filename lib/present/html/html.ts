import { printable } from '../terminal/printable.ts';

/** Text that is safe to be part of a page, because {@link html} made it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | undefined | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Makes HTML from a template. Every value is escaped unless {@link html} made it: a name in a vault may hold anything.
 * Characters that nobody sees are written out, as for a terminal. A value belongs into text, or into an attribute in
 * quotes, and never into a style, a script or an address.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, literal, index) => `${text}${textOf(values[index - 1])}${literal}`));
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return printable(part).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
  return part.map(textOf).join('');
}
