import type { BackupPlace } from '../archive/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { ageSeconds } from './age.ts';
import { ManifestMemory } from './manifest-memory.ts';
import { newestComplete } from './newest-complete.ts';
import { sealedManifests } from './sealed-manifests.ts';

export interface ReplicaLookRequest {
  readonly store: ObjectStore;
  readonly source: string;
  /** Since when replicas are due: the age counts from here as long as nothing has arrived. */
  readonly dueSince: Date;
  readonly now: Date;
  readonly memory?: ManifestMemory;
  readonly signal?: AbortSignal;
}

/** What has arrived of one source in a replica. */
export interface ReplicaReading {
  /** Since the newest full backup that is complete here was sealed: a replica keeps the time of the original. */
  readonly backupAgeSeconds: number;
  readonly newestFull: BackupPlace | undefined;
  /** The disk space that a drill of it needs. */
  readonly drillDiskBytes: number | undefined;
  /** Manifests that do not count, a sentence each. */
  readonly problems: readonly string[];
}

/**
 * Reads what a replica holds of one source. It looks at the age alone: sizes and proofs are the vault's, whose
 * own sentinel watches them. Rejects if the replica cannot be read.
 */
export async function lookAtReplica(request: ReplicaLookRequest): Promise<ReplicaReading> {
  const { store, source, dueSince, now, memory = new ManifestMemory() } = request;
  const options = request.signal ? { signal: request.signal } : {};
  const sealed = await sealedManifests(store, source, options);
  memory.keepOnly(sealed);
  const newest = await newestComplete({ store, memory, options }, sealed);
  return {
    backupAgeSeconds: ageSeconds(now, newest?.sealed.sealedAt, dueSince),
    newestFull: newest?.sealed.place,
    drillDiskBytes: newest?.drillDiskBytes,
    problems: memory.problems(),
  };
}
