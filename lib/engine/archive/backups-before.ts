import { COMPARED_WITH } from './deviation.ts';
import { type BackupPlace, manifestKey } from './keys.ts';
import type { Manifest } from './manifest.ts';

/** How far back the class of a backup is searched for others to compare it with. */
const LOOK_BACK = 30;

/**
 * Of one source's backups, newest first, the full ones that come after `place` in its class: as many as make the usual
 * one. `read` may know nothing of one; that one does not count.
 */
export async function backupsBefore<
  One extends { readonly place: BackupPlace },
  Facts extends Pick<Manifest, 'scope'>,
>(
  place: BackupPlace,
  newestFirst: readonly One[],
  read: (one: One) => Promise<Facts | undefined>,
): Promise<Facts[]> {
  const key = manifestKey(place);
  const earlier = newestFirst.slice(newestFirst.findIndex((one) => manifestKey(one.place) === key) + 1);
  const sameClass = earlier.filter((one) => one.place.retentionClass === place.retentionClass);
  const before: Facts[] = [];
  for (const one of sameClass.slice(0, LOOK_BACK)) {
    const facts = await read(one);
    if (facts?.scope === 'full') before.push(facts);
    if (before.length === COMPARED_WITH) break;
  }
  return before;
}
