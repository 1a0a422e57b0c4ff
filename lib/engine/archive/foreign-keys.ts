import { attemptPrefix, type BackupPlace } from './keys.ts';
import type { Manifest } from './manifest.ts';
import { storedObjects } from './stored-objects.ts';

const ATTEMPT = /^[a-z0-9]{8}$/;

/** The words that follow a key which {@link foreignKeys} names. */
export function isForeign(folder: string): string {
  return `is not in this backup's own folder, ${folder}`;
}

/** Whether the manifest names a folder as attempts have one: without a separator it cannot lead elsewhere. */
export function namesAttempt({ attempt }: Manifest): boolean {
  return ATTEMPT.test(attempt);
}

/**
 * The keys of objects that do not lie in the folder of the manifest's own attempt. A backup owns all of its objects.
 * One that names others shows another backup's rows as its own, and loses them when that backup expires.
 */
export function foreignKeys(manifest: Manifest, place: BackupPlace): string[] {
  const folder = attemptPrefix(place, manifest.attempt);
  return storedObjects(manifest)
    .map(({ key }) => key)
    .filter((key) => !isInFolder(key, folder));
}

/** Whether the key lies below a folder, and does not climb out of it. */
export function isInFolder(key: string, folder: string): boolean {
  return key.startsWith(folder) && !key.split('/').some((part) => /^\.{0,2}$/.test(part));
}
