import type { OpenBackup } from '../../engine/browse/browse.ts';
import { quoteShell } from '../../engine/ground/shell.ts';
import type { BackupSummary } from '../json/backup-summary.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatAge, formatBytes, formatTime } from './units.ts';

export interface BrowsedBackup extends OpenBackup {
  readonly summary: BackupSummary;
  readonly now: Date;
}

const NAMED_LACKS = 5;

/** Says how to connect, ready to be copied from the terminal. The password is shown only here. */
export function browseText(open: BrowsedBackup, page: Page): string[] {
  const { bold, green } = page.paint;
  const { summary, host, port, user, password, database, loaded, lacks, manifest, now } = open;
  const taken = new Date(summary.snapshotAt);
  const rest = manifest.tables.length - loaded.length;
  return [
    `${bold(summary.name)}: ${green('open')} for reading, until Ctrl-C.`,
    ...factLines(
      [
        ['shows', `${formatTime(taken)} UTC, ${formatAge(now.getTime() - taken.getTime())} ago`],
        ['loaded', loadedText(open)],
        [
          'not yet',
          rest === 0 ? undefined : `${countOf(rest, 'table')}, each loaded when a statement first uses it`,
        ],
        ...lacks.slice(0, NAMED_LACKS).map((lack): LabelledFact => ['lacks', printable(lack)]),
        [
          '',
          lacks.length > NAMED_LACKS
            ? `and ${countOf(lacks.length - NAMED_LACKS, 'more', 'more')}`
            : undefined,
        ],
      ],
      page,
    ),
    '',
    // A line to copy: it is never wrapped, and short enough for 80 columns.
    `  PGPASSWORD=${password} psql -h ${host} -p ${port} -U ${user} ${/^\w[\w.-]*$/.test(database) ? database : quoteShell(database)}`,
    '',
    ...factLines(
      [
        ['host', host],
        ['port', String(port)],
        ['user', user],
        ['password', password],
        ['database', printable(database)],
      ],
      page,
    ),
  ];
}

function loadedText({ loaded, manifest }: OpenBackup): string {
  const rawBytes = loaded.reduce((sum, table) => sum + table.rawBytes, 0);
  if (loaded.length === 0) return 'no table';
  const all = loaded.length === manifest.tables.length ? 'all ' : '';
  return `${all}${countOf(loaded.length, 'table')}, ${formatBytes(rawBytes)}`;
}
