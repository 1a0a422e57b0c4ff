import * as v from 'valibot';
import { RETENTION_CLASSES } from '../contract/retention-classes.ts';
import { isReplica } from '../engine/archive/arrival.ts';
import { listBackups, nameOfBackup } from '../engine/archive/listing.ts';
import { inParallel } from '../engine/ground/in-parallel.ts';
import type { BackupInformation } from './backup-information.ts';
import { checkOptions } from './check-options.ts';
import { LOOKED_AT_MS, readListed } from './listed-backup.ts';
import { type RetentionClass, withVault } from './open-vault.ts';
import { RUN_OPTIONS, type RunOptions, wholeNumber } from './run-options.ts';

/** What {@link list} takes. */
export interface ListOptions extends RunOptions {
  /** Only backups of this source. */
  readonly name?: string | undefined;
  /** Only backups of this retention class. */
  readonly retentionClass?: RetentionClass | undefined;
  /** Only the newest of them, this many. @defaultValue all */
  readonly limit?: number | undefined;
}

const LIST_OPTIONS = v.strictObject({
  ...RUN_OPTIONS,
  name: v.optional(v.string()),
  retentionClass: v.optional(v.picklist(RETENTION_CLASSES)),
  limit: v.optional(wholeNumber),
});

/** One backup of the list. */
export interface ListedBackup {
  /** `class/source/id`: every call and every command takes it. */
  readonly name: string;
  readonly retentionClass: RetentionClass;
  readonly source: string;
  readonly backupId: string;
  /** When its manifest was written, according to the vault: in UTC, in ISO 8601 format. */
  readonly storedAt: string;
  /** What its manifest says; null if that cannot be read. */
  readonly information: BackupInformation | null;
  /** Whether a drill has proven it. */
  readonly proven: boolean;
  /** Why it cannot be restored as it is, in a sentence; null if nothing is known. */
  readonly problem: string | null;
}

const MANIFESTS_AT_ONCE = 8;

/**
 * Lists the backups in a vault, newest first. It looks whether the objects of a backup are there if it was sealed in
 * the last two days, or if the vault is a replica; {@link verify} reads all of them.
 *
 * @throws {@link LifeboatError} - the vault cannot be read.
 */
export async function list(options: ListOptions): Promise<ListedBackup[]> {
  checkOptions('list', LIST_OPTIONS, options);
  const { vault, name, retentionClass, limit } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  return await withVault(vault, async (store) => {
    const { backups } = await listBackups(store, { source: name, retentionClass }, { signal });
    const [newest] = backups;
    const looks = {
      isReplica: newest !== undefined && (await isReplica(store, newest.place, { signal })),
      since: Date.now() - LOOKED_AT_MS,
    };
    return await inParallel(backups.slice(0, limit), MANIFESTS_AT_ONCE, async (sealed) => {
      const { retentionClass, source, backupId } = sealed.place;
      const { summary, proven, problem } = await readListed(store, sealed, looks, signal);
      return {
        ...{ name: nameOfBackup(sealed.place), retentionClass, source, backupId },
        storedAt: sealed.sealedAt.toISOString(),
        ...{ information: summary ?? null, proven, problem },
      };
    });
  });
}
