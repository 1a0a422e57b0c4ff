import { type BackupPlace, timeOfId } from '../archive/keys.ts';
import { type ListOptions, listBackups, nameOfBackup, type VaultListing } from '../archive/listing.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { newerAnchor } from './anchors.ts';
import { anchorsOf } from './outlook.ts';
import { allowedBy, readVaultRules } from './vault-rules.ts';

/**
 * Of folders without a manifest, the names of those that were a backup whose time was over: the rules of the bucket
 * allow it to go, and something newer is proven. Its manifest has expired, and the rest follows within days, so nobody
 * has to look for who deleted it. Empty where nothing is known about the rules. Throws what the store throws.
 */
export async function leftByExpiry(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  now: Date,
  options: ListOptions,
): Promise<Set<string>> {
  const rules = folders.length === 0 ? undefined : await readVaultRules(store, options);
  if (!rules) return new Set();
  const { backups } = await listBackups(store, {}, options);
  const anchors = await anchorsOf({ store, backups, undrilled: rules.undrilled, options });
  const vaultTime = new Date(now.getTime() - (store.clockAheadMs ?? 0));
  const isOver = (place: BackupPlace) => {
    const began = timeOfId(place.backupId);
    const allowed = allowedBy(rules.rules, place, began);
    if (!allowed || allowed.at > vaultTime) return false;
    return allowed.byAge || newerAnchor(place.source, began.getTime(), anchors) !== undefined;
  };
  return new Set(folders.filter(isOver).map(nameOfBackup));
}

/**
 * The listing, in which a folder that {@link leftByExpiry} knows counts as an attempt that is no backup any more, and
 * not as a manifest that somebody has deleted.
 */
export async function settleExpired(
  store: ObjectStore,
  listing: VaultListing,
  now: Date,
  options: ListOptions,
): Promise<VaultListing> {
  const { unfinished, manifestGone } = listing;
  const left = await leftByExpiry(store, manifestGone, now, options);
  const isLeft = (place: BackupPlace) => left.has(nameOfBackup(place));
  return {
    ...listing,
    unfinished: [...unfinished, ...manifestGone.filter(isLeft)],
    manifestGone: manifestGone.filter((place) => !isLeft(place)),
  };
}
