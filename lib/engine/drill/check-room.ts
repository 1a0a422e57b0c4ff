import type { Manifest } from '../archive/manifest.ts';
import { LifeboatError } from '../ground/errors.ts';
import { estimateDrillBytes, freeDiskBytes, megabytes } from '../target/disk-room.ts';
import { removeAbandoned } from '../target/embedded/data-directory.ts';

/** Refuses a drill before anything is fetched: a full disk would prove nothing and hurt others. */
export async function checkRoom(directory: string, manifest: Manifest): Promise<void> {
  // Files of a killed drill are no reason to refuse this one.
  await removeAbandoned(directory);
  const neededBytes = estimateDrillBytes(manifest);
  const freeBytes = await freeDiskBytes(directory);
  if (freeBytes >= neededBytes) return;
  throw new LifeboatError({
    code: 'drill-no-room',
    kind: 'drill',
    what: `The drill needs about ${megabytes(neededBytes)} in ${directory}, where ${megabytes(freeBytes)} are free.`,
    meaning: 'Nothing was fetched, and nothing was proven.',
    remedy:
      'Name a directory with more room (--directory), or give the function more ephemeral storage (drillSize.temporaryStorageMb), or set drill to "auto" in bin/environments.ts: then a task drills what does not fit.',
  });
}
