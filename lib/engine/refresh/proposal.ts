import type { BackupPlace } from '../archive/keys.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { columnFacts } from '../masking/column-facts.ts';
import { proposeMasks } from '../masking/propose-masks.ts';
import type { Masks } from '../masking/rules/masks-file.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** A first masks file for a backup; reads its catalog, and no row. */
export async function proposalFor(
  store: ObjectStore,
  place: BackupPlace,
  signal: AbortSignal,
): Promise<Masks> {
  const { manifest } = await readManifestFile(store, place, { signal });
  return proposeMasks(manifest, columnFacts(await readArchivedFingerprint(store, manifest, signal)));
}
