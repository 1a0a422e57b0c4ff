import { DEFAULT_KEPT_DAYS } from '../../contract/kept-days.ts';
import { manifestKey } from '../archive/keys.ts';
import { momentOf, nameOfBackup, type SealedBackup } from '../archive/listing.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { rulesOf } from '../storage/bucket-rules.ts';
import { expiryOf } from './expiry.ts';
import { anchorsOf, type Outlook, type OutlookRequest, othersOf } from './outlook.ts';
import { guardsOf } from './prune/guards.ts';
import { keptSince } from './prune/kept-since.ts';
import { ifAllowed } from './vault-rules.ts';

const REQUESTS_AT_ONCE = 8;

/**
 * Says of each backup of a vault of one's own, by its name, from when on `lifeboat prune` lets it go, with the days that it
 * has by default. Undefined if the bucket has rules of its own, or does not say whether it has.
 */
export async function pruneOutlooks(request: OutlookRequest): Promise<Map<string, Outlook> | undefined> {
  const { store, backups, now, options } = request;
  if (backups.length === 0 || !(await isOnesOwn(request))) return undefined;
  const anchors = await anchorsOf({ store, options, undrilled: new Set(), backups: await othersOf(request) });
  const guards = guardsOf(store);
  const outlookOf = async (backup: SealedBackup): Promise<Outlook> => {
    const { place, sealedAt } = backup;
    const folder = { ...place, moment: momentOf(place, sealedAt), keptSince: keptSince(backup, now) };
    const { daysAreOverAt, newer } = expiryOf(folder, DEFAULT_KEPT_DAYS[place.retentionClass], anchors);
    const anchor = anchors.get(place.source);
    const isAnchor = anchor !== undefined && nameOfBackup(anchor.place) === nameOfBackup(place);
    if (!newer) return { state: 'kept', reason: isAnchor ? 'newest' : 'nothing-newer' };
    if (!request.isReadable(backup)) return { state: 'kept', reason: 'unreadable' };
    const guard = await ifAllowed(options, () => guards.about(place, manifestKey(place), now, options));
    if (guard?.reason === 'on-hold') return { state: 'kept', reason: 'on-hold' };
    const locked = guard?.reason === 'locked' ? Date.parse(guard.detail ?? '') : 0;
    return { state: 'prunable', at: new Date(Math.max(daysAreOverAt.getTime(), locked)) };
  };
  const found = await inParallel(
    backups,
    REQUESTS_AT_ONCE,
    async (backup) => [nameOfBackup(backup.place), await outlookOf(backup)] as const,
  );
  return new Map(found);
}

/** Whether no rule of the storage expires anything, so that only a person or `lifeboat prune` does. */
async function isOnesOwn({ store, options }: OutlookRequest): Promise<boolean> {
  const bucket = rulesOf(store);
  if (!bucket) return true;
  try {
    return (await bucket.expiry(options)).length === 0;
  } catch (error) {
    options.signal?.throwIfAborted();
    // A server without rules has none. One that does not say may have some.
    if (error instanceof LifeboatError) return error.code === 'vault-not-capable';
    throw error;
  }
}
