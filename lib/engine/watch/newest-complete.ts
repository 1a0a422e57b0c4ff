import type { ListOptions } from '../archive/listing.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ManifestFacts, ManifestMemory } from './manifest-memory.ts';
import type { SealedManifest } from './sealed-manifests.ts';

/** The newest full backup of which every object is in the vault. */
export async function newestComplete(
  look: { readonly store: ObjectStore; readonly memory: ManifestMemory; readonly options: ListOptions },
  sealed: readonly SealedManifest[],
): Promise<ManifestFacts | undefined> {
  const { store, memory, options } = look;
  for (const one of sealed) {
    const facts = await memory.factsOf(store, one, options);
    if (facts?.scope === 'full' && (await memory.isComplete(store, one, options))) return facts;
  }
  return undefined;
}
