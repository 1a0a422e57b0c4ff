import { type Command, Option } from 'commander';
import type { RetentionClass } from '../../contract/retention-classes.ts';
import type { InTime } from '../../engine/archive/backup-in-time.ts';
import { type BackupPlace, isBackupId } from '../../engine/archive/keys.ts';
import { type BackupFilter, nameOfBackup } from '../../engine/archive/listing.ts';
import { resolveBackup } from '../../engine/archive/resolve-backup.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import type { StoreOptions } from '../../engine/storage/open-store.ts';
import { bothTimes } from '../../present/terminal/both-times.ts';
import { formatDuration } from '../../present/terminal/units.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { isMoment } from './moment.ts';
import { classOption, nameOption } from './option-values.ts';
import { ownZone } from './own-zone.ts';
import { addTimeOptions, type TimeOptions, windowOf } from './time-options.ts';
import { vaultOption } from './vault-option.ts';

export const BACKUP_ARGUMENT = 'latest, an id, or class/source/id, as `lifeboat list` shows it';

/** Options that name the vault and filter its backups. */
export interface BackupOptions extends TimeOptions {
  readonly vault?: string;
  readonly name?: string;
  readonly class?: RetentionClass;
  readonly deleted?: boolean;
}

export function deletedOption(): Option {
  return new Option(
    '--deleted',
    'find deleted backups as well, while the bucket keeps their versions; needs s3:ListBucketVersions and s3:GetObjectVersion',
  );
}

/** How to open the vault for these options. */
export function storeOptionsOf({ deleted }: Pick<BackupOptions, 'deleted'>): StoreOptions {
  return deleted ? { deleted } : {};
}

export function filterOf(options: BackupOptions): BackupFilter {
  return { source: options.name, retentionClass: options.class };
}

/** Adds the options for the vault and its backups: the same for every command that takes a backup. */
export function addBackupOptions(command: Command): Command {
  return addTimeOptions(
    command
      .addOption(vaultOption())
      .addOption(nameOption('only backups of this source; needed if the vault holds several'))
      .addOption(classOption('only backups of this retention class')),
  ).addOption(deletedOption());
}

/**
 * Finds the backup that was named. Says on `stderr` which one a time has chosen, in both zones, and if `latest` passes
 * over one that is still arriving in a replica. Throws like {@link resolveBackup} and {@link windowOf}, and
 * `backup-time-contradiction`.
 */
export async function namedBackup(
  store: ObjectStore,
  reference: string,
  options: BackupOptions,
  context: Pick<Context, 'now' | 'environment' | 'signal' | 'stderr'>,
): Promise<BackupPlace> {
  const { signal, stderr } = context;
  const window = windowOf(options, context);
  if (reference !== 'latest') {
    refuseTime(reference, context);
    if (window) throw namedAndTimed(reference);
  }
  const onNotice = (notice: string) => void stderr.write(`${notice}\n`);
  const onChosen = (chosen: InTime) => onNotice(chosenText(chosen, options, context));
  return await resolveBackup(store, reference, filterOf(options), { signal, onNotice, window, onChosen });
}

/** A time in the place of a backup's name. A name without digits and words of time is left to resolveBackup. */
function refuseTime(reference: string, context: Pick<Context, 'now' | 'environment'>): void {
  if (isBackupId(reference)) return;
  if (!isMoment(reference, { now: context.now(), zone: ownZone(context) })) return;
  throw usageError(
    'backup-reference-invalid',
    `${JSON.stringify(reference)} is a time, not the name of a backup.`,
    `For the newest backup from before that time, write \`latest --before ${JSON.stringify(reference)}\`.`,
  );
}

function namedAndTimed(reference: string) {
  return usageError(
    'backup-time-contradiction',
    `--before, --since and --at choose among backups, and ${reference} names one.`,
    'Write `latest` in its place, or leave the time out.',
  );
}

function chosenText(
  { place, snapshotAt, next }: InTime,
  options: TimeOptions,
  context: Pick<Context, 'now' | 'environment'>,
): string {
  const zone = ownZone(context);
  const { before, at } = windowOf(options, context) ?? {};
  const time = at ?? before;
  const gapMs = time ? time.getTime() - snapshotAt.getTime() : 0;
  return [
    ...(time ? [`${at ? '--at' : '--before'} is ${bothTimes(time, zone)}.`] : []),
    `The backup is ${nameOfBackup(place)}, and its rows show ${bothTimes(snapshotAt, zone)}.`,
    ...(time && gapMs > 0
      ? [`It does not hold what was written in the ${formatDuration(gapMs)} between them.`]
      : []),
    ...(next
      ? [`The next full backup, ${nameOfBackup(next.place)}, shows ${bothTimes(next.snapshotAt, zone)}.`]
      : []),
  ].join(' ');
}
