import type { BackupPlace } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import type { ObjectVersion } from '../storage/object-versions.ts';
import { heldVersions } from './held-versions.ts';
import { lastHoldRecord } from './hold-record.ts';

const REQUESTS_AT_ONCE = 16;

/**
 * Throws `hold-none` if no version is held and no change is unfinished: a person who meant another backup must not
 * read that this one is released. Somebody else may have put the holds, so the versions are asked, the manifest first.
 */
export async function refuseNotHeld(
  store: ObjectStore,
  place: BackupPlace,
  versions: readonly ObjectVersion[],
  options: GetOptions,
): Promise<void> {
  const last = await lastHoldRecord(store, place, options);
  if (last !== undefined && last.action !== 'removed') return;
  if (await isAnyHeld(store, versions, options)) return;
  throw new LifeboatError({
    code: 'hold-none',
    kind: 'usage',
    what: `${nameOfBackup(place)} is not on hold.`,
    meaning: last
      ? `Nothing was changed. ${last.by} had its hold removed at ${last.at}: ${last.reason}`
      : 'Nothing was changed.',
    remedy: '`lifeboat hold list` shows the backups on hold.',
  });
}

async function isAnyHeld(
  store: ObjectStore,
  versions: readonly ObjectVersion[],
  options: GetOptions,
): Promise<boolean> {
  const holds = heldVersions(store);
  let found = false;
  await inParallel(versions, REQUESTS_AT_ONCE, async ({ key, versionId }) => {
    if (!found && (await holds.legalHold(key, versionId, options))) found = true;
  });
  return found;
}
