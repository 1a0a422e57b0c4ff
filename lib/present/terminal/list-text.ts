import { timeOfId } from '../../engine/archive/keys.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';
import type { BackupSummary, UnreadableSummary } from '../json/backup-summary.ts';
import type { ExpirySummary } from '../json/expiry.ts';
import type { ScrubSummary } from '../json/scrub-summary.ts';
import { bothTimes, isUtc, localTime } from './both-times.ts';
import { expiryColumn, expiryLegend } from './expiry-text.ts';
import { type ListedLeftover, leftoverText, manifestGoneText } from './leftover-text.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatAge, formatBytes, formatCount, formatTime } from './units.ts';
import { labelled, wrap } from './wrap.ts';

export type ListedBackup = (BackupSummary | UnreadableSummary) & {
  /** When the vault says the manifest was written: of a copied backup, when it was copied. */
  readonly storedAt: string;
  /** When the backup began, by its id; `storedAt` if that is earlier. The age counts from then. */
  readonly momentAt: string;
  readonly ageSeconds: number;
  /** The folder of the attempt that was sealed. Null if the manifest cannot be read. */
  readonly attempt: string | null;
  readonly proven: boolean;
  /** Why the manifest cannot be read, or what the backup lacks. */
  readonly problem: string | null;
  readonly problemCode: string | null;
  /** When somebody deleted it, or it expired. Null if it is not deleted, or if nobody asked for deleted backups. */
  readonly deletedAt: string | null;
  /** When it will go, or why it stays; null if nothing is known. */
  readonly expiry: ExpirySummary | null;
  /** When it was last read in full; null if nobody has written that down. */
  readonly scrub: ScrubSummary | null;
};

export interface ListedVault {
  readonly vault: string;
  readonly backups: readonly ListedBackup[];
  /** Names of folders without a manifest. */
  readonly unfinished: readonly string[];
  /** Names of folders that have a proof, but no manifest any more. */
  readonly manifestsGone: readonly string[];
  /** Names of safety copies of rows. */
  readonly rowsCopies: readonly string[];
  /** Attempts that are part of no backup. */
  readonly leftovers: readonly ListedLeftover[];
  /** False if deleted backups were asked for, of a bucket that keeps no versions. */
  readonly keepsVersions: boolean;
  /** If the list is empty: other sources that have backups in the vault. */
  readonly elsewhere: readonly string[];
  /** If the list is empty: a backup that is deleted, but not for good yet. */
  readonly hidden: string | undefined;
  /** If the list is empty: objects and folders that do not belong to a vault. */
  readonly strangers: readonly string[];
  /** Whether the storage itself removes backups, so that a folder may be the rest of one. */
  readonly expires: boolean;
  /** How many were asked for at most. */
  readonly limit?: number | undefined;
  /** If a time was given. */
  readonly times?: ListedTimes | undefined;
}

export interface ListedTimes {
  readonly window: { readonly before?: Date; readonly since?: Date; readonly at?: Date };
  readonly zone: TimeZone;
  /** If the list is empty: the names of the backups at other times, newest first. */
  readonly others: readonly string[];
}

export function listText(listed: ListedVault, page: Page): string[] {
  const { vault, backups, unfinished, rowsCopies, manifestsGone, leftovers, times, expires } = listed;
  const damaged = backups.filter(({ problem }) => problem !== null);
  const proven = backups.filter((backup) => backup.proven).length;
  return [
    ...(backups.length > 0 ? [...renderTable(columns(page, backups, times), backups, page), ''] : []),
    ...(backups.length === 0 ? emptyText(listed, page) : []),
    ...(backups.length === 0
      ? []
      : [
          `${countOf(backups.length, 'backup')}${times ? ' of that time' : ''} in ${printable(vault)}, ${formatCount(proven)} proven.`,
          ...(listed.limit === backups.length ? [`Only the newest ${listed.limit} were asked for.`] : []),
        ]),
    ...(times ? wrap(`Asked for: ${windowText(times)}.`, page.columns) : []),
    ...expiryLegend(backups, page),
    ...deletedLegend(listed, page),
    ...damaged.flatMap((backup) => {
      const label = `${stateOf(backup)}:`;
      const [first = '', ...rest] = labelled(`${label} `, printable(backup.problem ?? ''), page.columns);
      return [`${page.paint.red(label)}${first.slice(label.length)}`, ...rest];
    }),
    ...aheadText(backups, page),
    ...(rowsCopies.length > 0
      ? [
          page.paint.dim(
            `${countOf(rowsCopies.length, 'safety copy', 'safety copies')} of rows that a restore changed; the newest: lifeboat restore --undo ${rowsCopies[0]}`,
          ),
        ]
      : []),
    ...manifestsGone.flatMap((name) => manifestGoneText(name, page)),
    ...leftoverText({ unfinished, leftovers, expires }, page),
  ];
}

/** Clocks differ by this much. */
const AHEAD_MS = 5 * 60_000;

/** Names the backups whose ids are later than their manifests: they look newer than they are. */
function aheadText(backups: readonly ListedBackup[], page: Page): string[] {
  return backups
    .filter(
      ({ backupId, storedAt }) => timeOfId(backupId).getTime() > new Date(storedAt).getTime() + AHEAD_MS,
    )
    .flatMap(({ name, storedAt }) =>
      labelled(
        'wrong clock: ',
        `the id of ${printable(name)} is later than its manifest. It counts from ${formatTime(new Date(storedAt))} UTC, when it was stored.`,
        page.columns,
      ),
    )
    .map((line) => page.paint.yellow(line));
}

const NAMED_STRANGERS = 3;

/** Says what an empty list may mean: nobody who needs a backup wants to see one. */
function emptyText({ vault, elsewhere, strangers, hidden, times }: ListedVault, page: Page): string[] {
  const [newest, oldest] = [times?.others[0], times?.others.at(-1)];
  if (newest !== undefined && oldest !== undefined) {
    const others = times?.others.length ?? 0;
    const shown =
      others === 1
        ? printable(newest)
        : `the newest is ${printable(newest)}, the oldest ${printable(oldest)}`;
    return wrap(
      `No backup shows such a moment. ${printable(vault)} has ${countOf(others, 'backup')} of other times: ${shown}.`,
      page.columns,
    );
  }
  const lines = [`No backup in ${printable(vault)}.`];
  if (elsewhere.length > 0) lines.push(`There are backups of ${elsewhere.map(printable).join(', ')}.`);
  if (strangers.length > 0) {
    const named = strangers.slice(0, NAMED_STRANGERS).map(printable).join(', ');
    const more = strangers.length > NAMED_STRANGERS ? ` and ${strangers.length - NAMED_STRANGERS} more` : '';
    lines.push(`It holds something else: ${named}${more}. Check that the address and the prefix are right.`);
  }
  if (hidden !== undefined) {
    lines.push(
      `${printable(hidden)} is deleted, but not for good yet: \`lifeboat list --deleted\` shows it.`,
    );
  }
  if (lines.length === 1) lines.push('`lifeboat backup` takes the first one.');
  return lines.flatMap((line) => wrap(line, page.columns));
}

/** `since 2026-11-19 23:00:00 UTC (2026-11-20 00:00:00 in Europe/Berlin)` */
function windowText({ window, zone }: ListedTimes): string {
  const { before, since, at } = window;
  return [
    at && `what shows the states on both sides of ${bothTimes(at, zone)}`,
    since && `since ${bothTimes(since, zone)}`,
    before && `before ${bothTimes(before, zone)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The moments that the rows show: a time that was given is compared with them. In UTC, and on one's own clocks. */
function timeColumns(times: ListedTimes | undefined): ReadonlyArray<Column<ListedBackup>> {
  if (!times) {
    // Dropped first on a narrow page, because the id says the same.
    return [{ title: 'TIME (UTC)', cell: ({ momentAt }) => formatTime(new Date(momentAt)), dropOrder: 1 }];
  }
  const { zone } = times;
  const at = ({ snapshotAt, storedAt }: ListedBackup) => new Date(snapshotAt ?? storedAt);
  const utc: Column<ListedBackup> = { title: 'SHOWS (UTC)', cell: (backup) => formatTime(at(backup)) };
  if (isUtc(zone, new Date(0))) return [utc];
  const local = (backup: ListedBackup) => localTime(at(backup), zone).slice(0, 16);
  return [utc, { title: `(${zone.name})`, cell: local }];
}

const DELETED =
  'only --deleted finds it, and only until the bucket removes the old versions for good. Restore from it now, or put a hold on it: `lifeboat hold add`.';
const NO_VERSIONS =
  'This bucket keeps no versions of deleted objects: what is deleted there is gone, and --deleted finds nothing more.';

function deletedLegend({ backups, keepsVersions }: ListedVault, page: Page): string[] {
  const lines = backups.some(({ deletedAt }) => deletedAt !== null)
    ? labelled('deleted: ', DELETED, page.columns)
    : [];
  if (!keepsVersions) lines.push(...wrap(NO_VERSIONS, page.columns));
  return lines.map((line) => page.paint.yellow(line));
}

/** Says when each backup was deleted. The column is shown only if some are. */
function deletedColumn(
  { paint }: Page,
  backups: readonly ListedBackup[],
): ReadonlyArray<Column<ListedBackup>> {
  if (backups.every(({ deletedAt }) => deletedAt === null)) return [];
  const cell = ({ deletedAt }: ListedBackup) =>
    deletedAt === null ? '-' : formatTime(new Date(deletedAt)).slice(0, 16);
  return [{ title: 'DELETED', cell, paint: (text) => paint.red(text) }];
}

/** Problems that are no damage, or say more. */
const STATES: ReadonlyMap<string, string> = new Map([
  ['manifest-too-new', 'too new'],
  ['backup-arriving', 'arriving'],
  ['backup-incomplete', 'incomplete'],
]);

function stateOf({ problemCode, proven }: ListedBackup): string {
  if (problemCode === null) return proven ? 'yes' : 'no';
  return STATES.get(problemCode) ?? 'damaged';
}

/** Says when each backup was last read in full. The column is shown only if some were. */
function scrubColumn({ paint }: Page, backups: readonly ListedBackup[]): ReadonlyArray<Column<ListedBackup>> {
  if (backups.every(({ scrub }) => scrub === null)) return [];
  return [
    {
      title: 'READ',
      cell: ({ scrub }) =>
        scrub === null ? '-' : scrub.verdict === 'intact' ? scrub.readAt.slice(0, 10) : scrub.verdict,
      paint: (text, { scrub }) => (scrub === null || scrub.verdict === 'intact' ? text : paint.red(text)),
      dropOrder: 4,
    },
  ];
}

const SCOPES = { full: 'all', partial: 'a part', 'schema-only': 'no rows' } as const;

/** Says what each backup holds. The column is shown only if some backups do not hold everything. */
function scopeColumn(paint: Page['paint']): Column<ListedBackup> {
  return {
    title: 'HOLDS',
    cell: ({ scope }) => (scope === null ? '-' : SCOPES[scope]),
    paint: (text, { scope }) => (scope === 'full' ? text : paint.yellow(text)),
  };
}

/** Says which backups nobody can read without a secret key. The column is shown only if there are any. */
const KEY_COLUMN: Column<ListedBackup> = {
  title: 'KEY',
  cell: ({ recipients }) => (recipients === null ? '-' : recipients.length > 0 ? 'age' : 'none'),
};

function columns(
  page: Page,
  backups: readonly ListedBackup[],
  times: ListedTimes | undefined,
): ReadonlyArray<Column<ListedBackup>> {
  const { paint } = page;
  const hasOthers = backups.some(({ scope }) => scope !== 'full' && scope !== null);
  const count = (value: number | null, format: (value: number) => string) =>
    value === null ? '-' : format(value);
  return [
    ...timeColumns(times),
    { title: 'AGE', align: 'right', cell: ({ ageSeconds }) => formatAge(ageSeconds * 1000) },
    { title: 'ID', cell: ({ backupId }) => backupId, paint: paint.bold },
    { title: 'CLASS', cell: ({ retentionClass }) => retentionClass },
    ...(hasOthers ? [scopeColumn(paint)] : []),
    ...(backups.some(({ recipients }) => (recipients?.length ?? 0) > 0) ? [KEY_COLUMN] : []),
    { title: 'SOURCE', cell: ({ source }) => source, mayCut: true },
    { title: 'ROWS', align: 'right', cell: ({ rows }) => count(rows, formatCount), dropOrder: 3 },
    { title: 'RAW', align: 'right', cell: ({ rawBytes }) => count(rawBytes, formatBytes), dropOrder: 2 },
    { title: 'STORED', align: 'right', cell: ({ storedBytes }) => count(storedBytes, formatBytes) },
    {
      title: 'PROVEN',
      cell: stateOf,
      paint: (text, { proven, problem }) => (problem ? paint.red : proven ? paint.green : paint.yellow)(text),
    },
    ...scrubColumn(page, backups),
    ...deletedColumn(page, backups),
    ...expiryColumn(page, backups),
  ];
}
