import type { DrillReport } from '../lib/engine/archive/drill-report.ts';
import type { Manifest } from '../lib/engine/archive/manifest.ts';
import type { RestoreReport } from '../lib/engine/restore/restore.ts';
import { factLines, type LabelledFact } from '../lib/present/terminal/facts.ts';
import type { Page } from '../lib/present/terminal/page.ts';
import {
  countOf,
  formatBytes,
  formatCount,
  formatDuration,
  formatRatio,
} from '../lib/present/terminal/units.ts';

export interface Ending {
  readonly manifest: Manifest;
  readonly report: DrillReport;
  /** Orders that were committed while the backup ran. */
  readonly committed: number;
  readonly lostTable: string;
  /** The restores of that table, and of everything. */
  readonly oneTable: RestoreReport;
  readonly everything: RestoreReport;
}

/** Prints the figures of the demo, and how to do the same with your own database. */
export function closingWords(ending: Ending, page: Page): string[] {
  const { bold, dim } = page.paint;
  return [
    bold('  What it came to'),
    ...factLines(figures(ending), page).map((line) => `  ${line}`),
    '',
    bold('  The same with a database of your own'),
    `    LIFEBOAT_SOURCE_URL='postgres://user:password@host:5432/database' \\`,
    '      npx lifeboat backup --vault ./vault --create-vault',
    dim('  then prove it:'),
    '    npx lifeboat drill --vault ./vault',
    '',
  ];
}

function figures({ manifest, report, committed, lostTable, oneTable, everything }: Ending): LabelledFact[] {
  const { rows, rawBytes, storedBytes } = manifest.totals;
  const backupSeconds = formatDuration(manifest.durationMs);
  return [
    [
      'rows',
      `${formatCount(rows)} in ${countOf(manifest.tables.length, 'table')}, ${countOf(manifest.largeObjects.count, 'large object')}`,
    ],
    ['size', `${formatBytes(rawBytes)}, stored in ${formatBytes(storedBytes)}`],
    ['compression', formatRatio(rawBytes, storedBytes)],
    ['backup', `${backupSeconds}, while ${countOf(committed, 'order')} came in`],
    ['recovery time', `${formatDuration(report.recoveryTimeMs)} for all of it, by the drill in this process`],
    ['', `${formatDuration(everything.recoveryTimeMs)} for all of it, into the server`],
    ['', `${formatDuration(oneTable.recoveryTimeMs)} for the table ${lostTable}`],
  ];
}
