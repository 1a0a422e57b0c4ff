import type { TableData } from '../../archive/manifest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { estimateDiskBytes, freeDiskBytes, megabytes } from '../../target/disk-room.ts';
import { requireUsableDirectory } from '../../target/embedded/usable-directory.ts';

/** Refuses to load tables for which the disk has no room. Throws `browse-no-room` or `directory-unusable`. */
export async function requireRoom(directory: string, tables: readonly TableData[]): Promise<void> {
  await requireUsableDirectory(directory);
  const neededBytes = estimateDiskBytes(tables);
  const freeBytes = await freeDiskBytes(directory);
  if (freeBytes >= neededBytes) return;
  throw new LifeboatError({
    code: 'browse-no-room',
    kind: 'usage',
    what: `Lifeboat needs about ${megabytes(neededBytes)} in ${directory}, where ${megabytes(freeBytes)} are free.`,
    meaning: 'Nothing was loaded.',
    remedy: 'Name a directory with more room (--directory), or load fewer tables.',
  });
}
