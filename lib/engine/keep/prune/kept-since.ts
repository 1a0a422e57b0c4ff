import { timeOfId } from '../../archive/keys.ts';
import type { SealedBackup } from '../../archive/listing.ts';

/**
 * Since when the days of a backup's class count. A file's date may be wrong: a backup is at least as young as its id says,
 * unless that lies in the future.
 */
export function keptSince({ place, sealedAt }: Pick<SealedBackup, 'place' | 'sealedAt'>, now: Date): Date {
  const began = Math.min(timeOfId(place.backupId).getTime(), now.getTime());
  return new Date(Math.max(sealedAt.getTime(), Number.isNaN(began) ? 0 : began));
}
