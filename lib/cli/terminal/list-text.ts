import type { BackupSummary, UnreadableSummary } from '../program/backup-summary.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatAge, formatBytes, formatCount, formatTime } from './units.ts';

export type ListedBackup = (BackupSummary | UnreadableSummary) & {
  /** When the vault says that the manifest was written; the age is counted from then. */
  readonly storedAt: string;
  readonly ageSeconds: number;
  readonly proven: boolean;
  /** Why the manifest cannot be read. */
  readonly problem: string | null;
};

export interface ListedVault {
  readonly vault: string;
  readonly backups: readonly ListedBackup[];
  /** Names of folders without a manifest. */
  readonly unfinished: readonly string[];
}

export function listText({ vault, backups, unfinished }: ListedVault, page: Page): string[] {
  const damaged = backups.filter(({ problem }) => problem !== null);
  const proven = backups.filter((backup) => backup.proven).length;
  return [
    ...(backups.length > 0 ? [...renderTable(columns(page), backups, page), ''] : []),
    backups.length === 0
      ? `No backup in ${printable(vault)}.`
      : `${countOf(backups.length, 'backup')} in ${printable(vault)}, ${formatCount(proven)} proven.`,
    ...damaged.map(({ problem }) => `${page.paint.red('damaged:')} ${printable(problem ?? '')}`),
    ...(unfinished.length > 0 ? [page.paint.dim(`${unfinishedText(unfinished)}`)] : []),
  ];
}

function unfinishedText(unfinished: readonly string[]): string {
  const attempts = countOf(unfinished.length, 'unfinished attempt');
  return `Besides, ${attempts}: no backup${unfinished.length === 1 ? '' : 's'}, running still or never sealed.`;
}

function columns({ paint }: Page): ReadonlyArray<Column<ListedBackup>> {
  const count = (value: number | null, format: (value: number) => string) =>
    value === null ? '-' : format(value);
  return [
    // The id says the same, to those who can read it.
    { title: 'TIME (UTC)', cell: ({ storedAt }) => formatTime(new Date(storedAt)), dropOrder: 1 },
    { title: 'AGE', align: 'right', cell: ({ ageSeconds }) => formatAge(ageSeconds * 1000) },
    { title: 'ID', cell: ({ backupId }) => backupId, paint: paint.bold },
    { title: 'CLASS', cell: ({ retentionClass }) => retentionClass },
    { title: 'SOURCE', cell: ({ source }) => source, mayCut: true },
    { title: 'ROWS', align: 'right', cell: ({ rows }) => count(rows, formatCount) },
    { title: 'RAW', align: 'right', cell: ({ rawBytes }) => count(rawBytes, formatBytes), dropOrder: 2 },
    { title: 'STORED', align: 'right', cell: ({ storedBytes }) => count(storedBytes, formatBytes) },
    {
      title: 'PROVEN',
      cell: ({ proven, problem }) => (problem ? 'damaged' : proven ? 'yes' : 'no'),
      paint: (text, { proven, problem }) => (problem ? paint.red : proven ? paint.green : paint.yellow)(text),
    },
  ];
}
