import { type Command, Option } from 'commander';
import type { RetentionClass } from '../../contract/retention-classes.ts';
import type { BackupPlace } from '../../engine/archive/keys.ts';
import type { BackupFilter } from '../../engine/archive/listing.ts';
import { resolveBackup } from '../../engine/archive/resolve-backup.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import type { StoreOptions } from '../../engine/storage/open-store.ts';
import type { OutputStream } from '../../present/terminal/page.ts';
import { classOption, nameOption } from './option-values.ts';
import { vaultOption } from './vault-option.ts';

export const BACKUP_ARGUMENT = 'latest, an id, or class/source/id, as `lifeboat list` shows it';

/** Options that name the vault and filter its backups. */
export interface BackupOptions {
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
  return command
    .addOption(vaultOption())
    .addOption(nameOption('only backups of this source; needed if the vault holds several'))
    .addOption(classOption('only backups of this retention class'))
    .addOption(deletedOption());
}

/**
 * Finds the backup that was named, and says on `stderr` if `latest` passes over one that is still arriving in a
 * replica. Throws like {@link resolveBackup}.
 */
export function namedBackup(
  store: ObjectStore,
  reference: string,
  options: BackupOptions,
  signal: AbortSignal,
  stderr?: OutputStream,
): Promise<BackupPlace> {
  const onNotice = (notice: string) => void stderr?.write(`${notice}\n`);
  return resolveBackup(store, reference, filterOf(options), { signal, onNotice });
}
