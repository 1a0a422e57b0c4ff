import * as v from 'valibot';
import { RETENTION_CLASSES } from '../contract/retention-classes.ts';
import { Identities } from '../engine/age/identities.ts';
import type { BackupPlace } from '../engine/archive/keys.ts';
import { resolveBackup } from '../engine/archive/resolve-backup.ts';
import type { ObjectStore } from '../engine/storage/object-store.ts';
import { openStore, type StoreOptions } from '../engine/storage/open-store.ts';
import { withIdentities } from '../engine/storage/with-identities.ts';
import type { RunOptions } from './run-options.ts';

/** The first part of a backup's name. It decides how long the backup is kept. */
export type RetentionClass = 'daily' | 'weekly' | 'monthly' | 'manual';

/** Which backup a call takes. */
export interface BackupChoice {
  /**
   * `latest`, an id such as `20261120T020000Z`, or a whole name: `daily/shop/20261120T020000Z`.
   *
   * @defaultValue `latest`
   */
  readonly backup?: string | undefined;
  /** Only backups of this source. `latest` needs it if the vault holds several. */
  readonly name?: string | undefined;
  /** Only backups of this retention class. */
  readonly retentionClass?: RetentionClass | undefined;
  /** The text of the age identity that opens an encrypted backup: `AGE-SECRET-KEY-1…`. */
  readonly ageIdentity?: string | undefined;
}

export const BACKUP_CHOICE = {
  backup: v.optional(v.string()),
  name: v.optional(v.string()),
  retentionClass: v.optional(v.picklist(RETENTION_CLASSES)),
  ageIdentity: v.optional(v.string()),
};

export async function withVault<Result>(
  vault: string,
  use: (store: ObjectStore) => Promise<Result>,
  options: StoreOptions = {},
): Promise<Result> {
  const store = openStore(vault, options);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Opens the vault for somebody who reads a backup, and finds the backup. */
export async function withBackup<Result>(
  options: RunOptions & BackupChoice,
  use: (store: ObjectStore, place: BackupPlace) => Promise<Result>,
): Promise<Result> {
  const { vault, backup = 'latest', name, retentionClass, ageIdentity, signal, onNotice } = options;
  signal?.throwIfAborted();
  const identities =
    ageIdentity === undefined ? undefined : await Identities.read(ageIdentity, 'the option ageIdentity');
  return await withVault(vault, async (opened) => {
    const store = withIdentities(opened, identities);
    const cancel = { ...(signal && { signal }), ...(onNotice && { onNotice }) };
    return await use(store, await resolveBackup(store, backup, { source: name, retentionClass }, cancel));
  });
}
