import { changePercent, FEWEST_COMPARED_WITH, median, UNUSUAL_PERCENT } from '../archive/deviation.ts';
import type { Manifest } from '../archive/manifest.ts';
import { tableName } from './check-manifest.ts';

/** The figures of a backup that are compared with those of other backups. */
export interface Volume extends Pick<Manifest, 'scope'> {
  readonly storedBytes: number;
  readonly rows: number;
  /** Rows by `schema.table`. */
  readonly tableRows: ReadonlyMap<string, number>;
}

/** A figure, and its usual value: the median of the backups before. */
export interface Change {
  readonly now: number;
  readonly usual: number;
  /** Negative for a decrease; null if the usual value is zero and the present one is not. */
  readonly changePercent: number | null;
}

export interface VolumeComparison {
  /** The number of earlier backups that it was compared with. */
  readonly comparedWith: number;
  readonly storedBytes: Change;
  readonly rows: Change;
  /** Tables that lost more than half of their usual rows, or are gone; the greatest loss first. */
  readonly lostRows: ReadonlyArray<{
    readonly name: string;
    readonly rows: number;
    readonly usualRows: number;
  }>;
}

export function volumeOf({ scope, totals, tables }: Manifest): Volume {
  const { storedBytes, rows } = totals;
  return {
    scope,
    storedBytes,
    rows,
    tableRows: new Map(tables.map((table) => [tableName(table), table.rows])),
  };
}

/** Compares a backup with earlier ones. Undefined if these are too few to tell the usual values. */
export function compareVolume(volume: Volume, before: readonly Volume[]): VolumeComparison | undefined {
  if (before.length < FEWEST_COMPARED_WITH) return undefined;
  return {
    comparedWith: before.length,
    storedBytes: change(
      volume.storedBytes,
      before.map(({ storedBytes }) => storedBytes),
    ),
    rows: change(
      volume.rows,
      before.map(({ rows }) => rows),
    ),
    lostRows: lostRows(volume, before),
  };
}

/** The changes that somebody should look at, a sentence each. */
export function volumeWarnings({ storedBytes, rows, lostRows, comparedWith }: VolumeComparison): string[] {
  const usual = `than the median of the ${comparedWith} full backups before it in its class`;
  return [
    ...unusual(storedBytes, (percent, way) => `The backup takes ${percent} % ${way} space ${usual}.`),
    ...unusual(
      rows,
      (percent, way) => `The backup has ${percent} % ${way === 'less' ? 'fewer' : way} rows ${usual}.`,
    ),
    ...lostRows.map(
      ({ name, rows: left, usualRows }) =>
        `${name} has ${left.toLocaleString('en')} rows, but usually ${usualRows.toLocaleString('en')}.`,
    ),
  ];
}

function unusual(
  { now, usual, changePercent: percent }: Change,
  say: (percent: string, way: 'more' | 'less') => string,
): string[] {
  // The change is infinite when the usual value is zero: the first rows are no loss, and no surprise.
  if (percent === null || Math.abs(percent) <= UNUSUAL_PERCENT) return [];
  return [say(Math.round(Math.abs(percent)).toLocaleString('en'), now > usual ? 'more' : 'less')];
}

function change(now: number, before: readonly number[]): Change {
  const usual = median(before);
  const percent = changePercent(now, usual);
  return { now, usual: Math.round(usual), changePercent: Number.isFinite(percent) ? round(percent) : null };
}

function lostRows({ tableRows }: Volume, before: readonly Volume[]): VolumeComparison['lostRows'] {
  const names = new Set(before.flatMap((volume) => [...volume.tableRows.keys()]));
  return [...names]
    .map((name) => ({
      name,
      rows: tableRows.get(name) ?? 0,
      // A table that most earlier backups did not have has 0 rows as its usual value.
      usualRows: Math.round(median(before.map((volume) => volume.tableRows.get(name) ?? 0))),
    }))
    .filter(({ rows, usualRows }) => -changePercent(rows, usualRows) > UNUSUAL_PERCENT)
    .sort((a, b) => b.usualRows - b.rows - (a.usualRows - a.rows) || (a.name < b.name ? -1 : 1));
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10;
}
