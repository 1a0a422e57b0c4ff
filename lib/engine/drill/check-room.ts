import type { Manifest } from '../archive/manifest.ts';
import { LifeboatError } from '../ground/errors.ts';
import { estimateDrillBytes, freeDiskBytes, megabytes } from '../target/disk-room.ts';
import { removeAbandoned } from '../target/embedded/data-directory.ts';

/**
 * The most that a byte of COPY text was seen to take more where long values are not compressed: 4.63 bytes instead of 1, of jsonb arrays
 * of numbers with one digit.
 */
export const MORE_UNCOMPRESSED = 3.75;

export interface Room {
  /** Whether there is so much that long values need not be compressed. */
  readonly isAmple: boolean;
}

/** Refuses a drill before anything is fetched: a full disk would prove nothing and hurt others. */
export async function checkRoom(directory: string, manifest: Manifest): Promise<Room> {
  // Files of a killed drill are no reason to refuse this one.
  await removeAbandoned(directory);
  const neededBytes = estimateDrillBytes(manifest);
  const freeBytes = await freeDiskBytes(directory);
  const rawBytes = manifest.tables.reduce((sum, table) => sum + table.rawBytes, 0);
  if (freeBytes >= neededBytes) return { isAmple: freeBytes >= neededBytes + MORE_UNCOMPRESSED * rawBytes };
  throw new LifeboatError({
    code: 'drill-no-room',
    kind: 'drill',
    what: `The drill needs about ${megabytes(neededBytes)} in ${directory}, where ${megabytes(freeBytes)} are free.`,
    meaning: 'Nothing was fetched, and nothing was proven.',
    remedy:
      'Name a directory with more room (--directory), or give the function more ephemeral storage (drillSize.temporaryStorageMb), or set drill to "auto" in bin/environments.ts: then a task drills what does not fit.',
  });
}
