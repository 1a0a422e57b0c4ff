import { quoteShell } from '../../engine/ground/shell.ts';

/**
 * The grammar of docs/runbook.md, which is a page for people and a template at once (docs/decisions/0049):
 *
 * - `$environment`, `$source`, `$Source`, `$secret`, `$database`: variables of a shell that its first blocks set. Where one has one value,
 *   that value takes its place.
 * - `<VaultBucket>`: something that has no variable. `<backup>`: what only the moment knows, which stays.
 * - `<!-- runbook:fill names -->` up to `<!-- runbook:end -->`: what is written there for one deployment takes its place.
 * - `<!-- runbook:if replica -->`, perhaps `<!-- runbook:else -->`, and `<!-- runbook:end -->`: only where that holds.
 */
export interface Filling {
  /** Values of the shell's variables. A variable without one stays. */
  readonly variables: ReadonlyMap<string, string>;
  /** The lines that set these variables, in place of the example's. */
  readonly assign: (names: readonly string[]) => readonly string[];
  /** Put first into the shell's function `output`, which then answers what is known without asking AWS. */
  readonly outputs: string;
  /** By the name between `<` and `>`. One without a value stays. */
  readonly placeholders: ReadonlyMap<string, string>;
  readonly conditions: ReadonlySet<string>;
  /** Text by the name of its region. */
  readonly regions: ReadonlyMap<string, string>;
}

const MARKER = /^[ \t]*<!-- runbook:(fill|if|else|end)(?: ([a-z-]+))? -->[ \t]*\n/gm;
/** In this order, in one piece, at the start of a block. */
const ASSIGNMENTS = /^(?:(?:environment|source|Source|secret|database)=.*\n)+/gm;
const OUTPUT_FUNCTION = /^output\(\) \{\n/m;
const QUOTED_WORD = /"([\w./:=@,+-]*\$(?:\w+|\{\w+\})[\w./:=@,+${}-]*)"/g;
const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g;
const PLACEHOLDER = /<([A-Za-z][^<>\n]*)>/g;
/** Nothing in these means anything to a shell, inside quotes or outside. */
const PLAIN = /^[\w./:=@,+%-]+$/;

interface Region {
  readonly keeps: boolean;
  readonly isElse: boolean;
}

/** Fills a template. Throws if its markers do not match: a test reads the template of each version. */
export function fillTemplate(template: string, filling: Filling): string {
  const pieces: string[] = [];
  const open: Region[] = [];
  const isKept = () => open.every(({ keeps }) => keeps);
  let at = 0;
  for (const { 0: marker, 1: word, 2: name = '', index } of template.matchAll(MARKER)) {
    if (isKept()) pieces.push(fillText(template.slice(at, index), filling));
    at = index + marker.length;
    if (word === 'fill') {
      const text = filling.regions.get(name);
      if (text !== undefined && isKept()) pieces.push(text === '' ? '' : `${text}\n`);
      open.push({ keeps: text === undefined, isElse: false });
    } else if (word === 'if') {
      open.push({ keeps: filling.conditions.has(name), isElse: false });
    } else {
      const last = open.pop();
      if (!last || (word === 'else' && last.isElse)) throw new Error(`no region is open at ${marker.trim()}`);
      if (word === 'else') open.push({ keeps: !last.keeps, isElse: true });
    }
  }
  if (open.length > 0) throw new Error('a region of the template has no end');
  pieces.push(fillText(template.slice(at), filling));
  return pieces.join('').replaceAll(/\n{3,}/g, '\n\n');
}

function fillText(text: string, filling: Filling): string {
  const { variables, placeholders, outputs } = filling;
  const pieces: string[] = [];
  let at = 0;
  const fill = (part: string) => withPlaceholders(withVariables(part, variables), placeholders);
  for (const { 0: lines, index } of text.matchAll(ASSIGNMENTS)) {
    pieces.push(fill(text.slice(at, index)));
    const names = [...lines.matchAll(/^\w+(?==)/gm)].map(([name]) => name);
    pieces.push(
      filling
        .assign(names)
        .map((line) => `${line}\n`)
        .join(''),
    );
    at = index + lines.length;
  }
  return [...pieces, fill(text.slice(at))]
    .join('')
    .replace(OUTPUT_FUNCTION, (line) => (outputs === '' ? line : `${line}${outputs}\n`));
}

function withVariables(text: string, variables: ReadonlyMap<string, string>): string {
  const put = (words: string) =>
    words.replaceAll(VARIABLE, (all, braced?: string, bare?: string) => {
      const value = variables.get(braced ?? bare ?? '');
      return value !== undefined && PLAIN.test(value) ? value : all;
    });
  const unquoted = text.replaceAll(QUOTED_WORD, (all, word: string) => {
    const filled = put(word);
    return PLAIN.test(filled) ? filled : all;
  });
  return put(unquoted);
}

function withPlaceholders(text: string, placeholders: ReadonlyMap<string, string>): string {
  return text.replaceAll(PLACEHOLDER, (all, name: string) => {
    const value = placeholders.get(name);
    return value !== undefined && PLAIN.test(value) ? value : all;
  });
}

/** `source=app`, quoted where a shell wants it. */
export function assignment(name: string, value: string): string {
  return `${name}=${PLAIN.test(value) ? value : quoteShell(value)}`;
}
