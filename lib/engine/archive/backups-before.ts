import { COMPARED_WITH } from './deviation.ts';
import { type BackupPlace, manifestKey } from './keys.ts';
import type { Manifest } from './manifest.ts';

/** The number of earlier backups of the same class that are searched for some to compare with. */
const LOOK_BACK = 30;

/**
 * The full backups before `place` in its class, newest first, as many as are compared. The backups given
 * belong to one source, newest first. A backup for which `read` returns undefined does not count.
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
