import type { ObjectStore } from '../storage/object-store.ts';
import { firstProven, sealedSince } from './first-proven.ts';
import { ManifestMemory } from './manifest-memory.ts';
import { byMoment, sealedManifests } from './sealed-manifests.ts';

/** What would be left of a source if its database were lost now. */
export interface Safety {
  /** How many full or partial backups are sealed. */
  readonly backups: number;
  /** When the newest backup that a drill has proven was sealed; undefined if there is none. */
  readonly provenAt: Date | undefined;
}

/** Finds the newest proven backup of a source. It reads the manifests of backups with a proof alone, the newest first. */
export async function lookAtSafety(
  store: ObjectStore,
  source: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Safety> {
  const sealed = byMoment(await sealedManifests(store, source, options));
  const memory = new ManifestMemory();
  const proven = await firstProven({ store, options, memory, problems: [] }, sealed);
  return { backups: sealed.length, provenAt: proven && sealedSince(proven, true) };
}
