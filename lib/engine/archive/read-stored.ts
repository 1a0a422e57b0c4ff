import { leaveOutServerOptions } from '../options/leave-out-options.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readWhole } from './codec/decode.ts';
import { isEncrypted } from './codec/encode.ts';
import { requireIdentity } from './codec/open-encrypted.ts';
import { nameOfBackup } from './listing.ts';
import type { Manifest, ObjectPurpose } from './manifest.ts';

/**
 * Reads a file of the archive into memory and checks it like a chunk. Undefined if the backup has none.
 * Removes from schema files the options that the source's server kept by itself, which older versions of
 * Lifeboat took for the user's. Throws `identity-missing` or `identity-does-not-fit` before it reads anything.
 */
export async function readFileOf(
  store: ObjectStore,
  manifest: Manifest,
  purpose: ObjectPurpose,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const object = manifest.objects.find((one) => one.purpose === purpose);
  if (!object) return undefined;
  if (manifest.encryption && isEncrypted(object.key)) {
    await requireIdentity(store.identities, manifest.encryption.recipients, nameOfBackup(manifest));
  }
  const content = await readWhole(store, object, signal);
  return purpose === 'pre-data' || purpose === 'post-data' ? leaveOutServerOptions(content) : content;
}
