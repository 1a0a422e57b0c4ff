import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes } from './units.ts';
import { labelled, wrap } from './wrap.ts';

/** An attempt that is part of no backup. */
export interface ListedLeftover {
  /** Of the folder in which it lies. */
  readonly name: string;
  readonly attempt: string;
  /** Whether the folder holds a sealed backup, made by another attempt. */
  readonly besideSealed: boolean;
  readonly objects: number | null;
  readonly storedBytes: number | null;
}

export interface LeftoverListing {
  readonly unfinished: readonly string[];
  readonly leftovers: readonly ListedLeftover[];
  /** Whether backups expire here, so that a folder may be the rest of one. */
  readonly expires: boolean;
}

/** Says what lies in the vault that is no backup, and how much. */
export function leftoverText({ unfinished, leftovers, expires }: LeftoverListing, page: Page): string[] {
  const beside = leftovers.filter(({ besideSealed }) => besideSealed);
  const open = leftovers.filter(({ besideSealed }) => !besideSealed);
  const lines: string[] = [];
  if (unfinished.length > 0) {
    const states = expires
      ? 'still running, never sealed, or what an expired backup leaves for a day'
      : 'still running or never sealed';
    lines.push(
      `There ${isOrAre(unfinished)} also ${countOf(unfinished.length, 'unfinished attempt')}${sizeOf(open)}: ${states}, so no backup.`,
    );
  }
  if (beside.length > 0) {
    lines.push(
      `There ${isOrAre(beside)} also ${countOf(beside.length, 'attempt')}${sizeOf(beside)} beside sealed backups: another run sealed the same backup first, so no backup needs ${beside.length === 1 ? 'it' : 'them'}. --json names ${beside.length === 1 ? 'it' : 'them'}.`,
    );
  }
  return lines.flatMap((line) => wrap(line, page.columns)).map((line) => page.paint.dim(line));
}

export function manifestGoneText(name: string, page: Page): string[] {
  const label = 'manifest gone:';
  const what = `${printable(name)} has a proof, but its manifest was deleted or has expired. It cannot be restored without it; where the bucket keeps versions, --deleted finds it.`;
  const [first = '', ...rest] = labelled(`${label} `, what, page.columns);
  return [`${page.paint.red(label)}${first.slice(label.length)}`, ...rest];
}

function isOrAre(things: readonly unknown[]): string {
  return things.length === 1 ? 'is' : 'are';
}

function sizeOf(leftovers: readonly ListedLeftover[]): string {
  const measured = leftovers.flatMap(({ storedBytes }) => (storedBytes === null ? [] : [storedBytes]));
  const sum = measured.reduce((total, bytes) => total + bytes, 0);
  if (sum === 0) return '';
  return measured.length < leftovers.length ? ` (more than ${formatBytes(sum)})` : ` (${formatBytes(sum)})`;
}
