import type { HealthUnit } from './finding.ts';

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A value as a sentence of a finding says it: `85 %`, `12 min`, `3.2 GB`. */
export function inWords(value: number, unit: HealthUnit): string {
  switch (unit) {
    case 'percent':
      return `${shortNumber(value)} %`;
    case 'ms':
      return value < 1000 ? `${shortNumber(value)} ms` : secondsInWords(value / 1000);
    case 's':
      return secondsInWords(value);
    case 'bytes':
      return bytesInWords(value);
    case 'times':
      return `${shortNumber(value)} times`;
    case 'count':
      return grouped(value);
  }
}

export function secondsInWords(seconds: number): string {
  if (seconds < 60) return `${shortNumber(Math.max(0, seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

export function bytesInWords(bytes: number): string {
  const unit = bytes < 1000 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${shortNumber(bytes / 1000 ** unit)} ${BYTE_UNITS[unit]}`;
}

export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en');
}

/** `1 table`, `24 tables`, `no table`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

function shortNumber(value: number): string {
  const digits = value < 10 ? 1 : 0;
  return value >= 1000 ? grouped(value) : String(Number(value.toFixed(digits)));
}

/** The most objects that a finding names; the others are counted. */
const NAMED = 5;

export function namesOf(names: readonly string[], total = names.length): string {
  const more = total > NAMED ? ` and ${grouped(total - NAMED)} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}

/** How many objects are concerned, and a few of them with a statement for each of the first. */
export function examplesOf<Item>(
  items: readonly Item[],
  name: (item: Item) => string,
): { readonly count: number; readonly examples: readonly string[] } {
  return { count: items.length, examples: items.slice(0, NAMED).map(name) };
}

/** A few statements are read; a page of them is not. */
const STATEMENTS = 3;

export function statementsFor<Item>(
  items: readonly Item[],
  statements: (item: Item) => readonly string[],
): readonly string[] {
  return items.slice(0, STATEMENTS).flatMap(statements);
}
