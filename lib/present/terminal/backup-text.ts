import type { BackupPlace } from '../../engine/archive/keys.ts';
import { nameOfBackup, type SealedBackup } from '../../engine/archive/listing.ts';
import type { Manifest } from '../../engine/archive/manifest.ts';
import type { BackupSummary } from '../json/backup-summary.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import {
  countOf,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatRatio,
  formatTime,
} from './units.ts';

export interface FinishedBackup {
  readonly vault: string;
  readonly summary: BackupSummary;
  readonly manifest: Manifest;
  readonly notices: readonly string[];
  /** The newest proven backup of the source; null if none is, undefined if nobody knows. */
  readonly proven?: Pick<SealedBackup, 'place' | 'sealedAt'> | null | undefined;
  readonly now?: Date | undefined;
}

export function backupText(finished: FinishedBackup, page: Page): string[] {
  const { vault, summary, manifest, notices } = finished;
  const { rows, tables, storedBytes, durationMs, name, scope } = summary;
  const { bold, green } = page.paint;
  const hasRows = scope !== 'schema-only';
  const what = { full: '', partial: ', a part of the database', 'schema-only': ', the schema only' }[
    scope ?? 'full'
  ];
  const leftOut = manifest.leftOut.length;
  return [
    `${bold(name)}: ${green('sealed')}${what}.`,
    ...factLines(
      [
        ['vault', printable(vault)],
        ['rows', hasRows ? `${formatCount(rows)} in ${countOf(tables, 'table')}` : undefined],
        ['size', hasRows ? sizeText(summary) : formatBytes(storedBytes)],
        ['shows', `the rows of ${formatTime(new Date(manifest.snapshot.takenAt))} UTC`],
        ['took', formatDuration(durationMs)],
        ['proven', provenText(finished)],
        [
          'left out',
          hasRows && leftOut > 0
            ? `${countOf(leftOut, 'thing')}: \`lifeboat show ${name}\` lists them, with reasons`
            : undefined,
        ],
        ['encrypted', encryptedText(manifest)],
        ...notices.map((notice): LabelledFact => ['note', notice]),
        ['next', `\`lifeboat drill ${name}\` proves that it can be restored`],
      ],
      page,
    ),
  ];
}

/** How old the newest backup is of which somebody knows that it restores. */
function provenText({ proven, now = new Date() }: FinishedBackup): string | undefined {
  if (proven === undefined) return undefined;
  if (proven === null) return 'no backup of this source yet';
  return `${nameOfBackup(proven.place)} was the last, ${formatAge(now.getTime() - proven.sealedAt.getTime())} ago`;
}

function encryptedText({ encryption }: FinishedBackup['manifest']): string | undefined {
  if (!encryption) return undefined;
  const keys = encryption.recipients.length;
  return `to ${countOf(keys, 'age recipient')}: without ${keys === 1 ? 'its secret key' : 'one of their secret keys'} nobody can read it`;
}

function sizeText({ rawBytes, storedBytes }: BackupSummary): string {
  return `${formatBytes(rawBytes)}, stored in ${formatBytes(storedBytes)} (${formatRatio(rawBytes, storedBytes)})`;
}

export function alreadySealedText(place: BackupPlace, vault: string, page: Page): string[] {
  return [
    `${page.paint.bold(nameOfBackup(place))}: already sealed by another run, in ${printable(vault)}.`,
    'Nothing was changed.',
  ];
}
