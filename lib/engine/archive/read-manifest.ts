import { createHash } from 'node:crypto';
import { LifeboatError } from '../ground/errors.ts';
import {
  type GetOptions,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../storage/object-store.ts';
import { foreignKeys, isForeign, namesAttempt } from './foreign-keys.ts';
import { attemptPrefix, type BackupPlace, manifestKey } from './keys.ts';
import { nameOfBackup, unfinishedAttempt } from './listing.ts';
import { type Manifest, parseManifest } from './manifest.ts';

/**
 * Reads a backup's manifest. Throws `backup-unfinished` when there is none, `manifest-invalid`,
 * `manifest-too-new`, or `manifest-misplaced` when it, or an object that it names, is another backup's.
 */
export async function readManifest(
  store: ObjectStore,
  place: BackupPlace,
  options?: GetOptions,
): Promise<Manifest> {
  return (await readManifestFile(store, place, options)).manifest;
}

/** A manifest with the file that it was read from. */
export interface ManifestFile {
  readonly manifest: Manifest;
  /** Of the whole file. A proof names its manifest by it. */
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** The same, with the file itself. */
export async function readManifestFile(
  store: ObjectStore,
  place: BackupPlace,
  options?: GetOptions,
): Promise<ManifestFile> {
  const key = manifestKey(place);
  const bytes = await readObject(store, key, options).catch((error: unknown) => {
    throw error instanceof ObjectMissingError ? unfinishedAttempt(place, store) : error;
  });
  const manifest = parseManifest(bytes, key);
  const problem = misplaced(manifest, place);
  if (problem !== undefined) {
    throw new LifeboatError({
      code: 'manifest-misplaced',
      kind: 'verification',
      what: `${key} ${problem}.`,
      meaning: 'What it names belongs to another backup or to none, so this backup cannot be trusted.',
      remedy: 'Use another backup; `lifeboat list` shows them.',
    });
  }
  return { manifest, sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
}

/** Completes "this manifest …" if it or an object that it names has its place elsewhere. */
function misplaced(manifest: Manifest, place: BackupPlace): string | undefined {
  const { retentionClass, source, backupId, attempt } = manifest;
  const named = nameOfBackup({ retentionClass, source, backupId });
  if (named !== nameOfBackup(place)) return `is the manifest of ${named}`;
  if (!namesAttempt(manifest)) {
    return `names ${JSON.stringify(attempt)}, which is not the name of an attempt's folder`;
  }
  const [first, ...others] = foreignKeys(manifest, place);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (nor are ${others.length} others)`;
  return `names ${first}, which ${isForeign(attemptPrefix(place, attempt))}${more}`;
}
