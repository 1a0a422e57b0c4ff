import { spellOutControls } from './shell.ts';

/** A name in a code span, unchanged. No character of it can end the span, the line or the cell of a table. */
export function code(name: string): string {
  const shown = spellOutControls(name).replaceAll('|', '\\|');
  const runs = shown.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const padding = shown.startsWith('`') || shown.endsWith('`') || shown.trim() === '' ? ' ' : '';
  return `${fence}${padding}${shown}${padding}${fence}`;
}

/** Escapes text from elsewhere, so that no part of it is read as markup. */
export function plainWords(words: string): string {
  return spellOutControls(words).replace(/[\\`*_{}[\]<>#|~]/g, (character) => `\\${character}`);
}

export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function list(names: readonly string[]): string {
  return names.map(code).join(', ');
}

/** `1 table`, `2 tables`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `12 B`, `3.4 MB`, in powers of 1000. */
export function size(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}
