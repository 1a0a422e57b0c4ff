import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { type ListOptions, nameOfBackup } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { estimateDrillBytes } from '../target/disk-room.ts';
import type { SealedManifest } from './sealed-manifests.ts';

/** The facts about a manifest that the sentinel needs. */
export interface ManifestFacts {
  readonly sealed: SealedManifest;
  readonly scope: Manifest['scope'];
  readonly storedBytes: number;
  readonly durationMs: number;
  /** The disk space that a drill of the backup needs. */
  readonly drillDiskBytes: number;
  /** The hash of the whole file, which a proof names. */
  readonly sha256: string;
}

interface Remembered {
  readonly sealedAtMs: number;
  readonly facts: Omit<ManifestFacts, 'sealed'> | undefined;
  readonly problem: string | undefined;
}

/**
 * Remembers the manifests of one source. A sealed manifest does not change, so a process reads each only
 * once. One that was replaced nevertheless has another date, and is read again.
 */
export class ManifestMemory {
  readonly #known = new Map<string, Remembered>();

  /** Whether the manifest is remembered. Sends no request. */
  knows(sealed: SealedManifest): boolean {
    return this.#known.get(manifestKey(sealed.place))?.sealedAtMs === sealed.sealedAt.getTime();
  }

  /**
   * The facts of a manifest; undefined if it cannot be trusted, so that the backup does not count. Throws
   * what the store throws: a failed request says nothing about a backup.
   */
  async factsOf(
    store: ObjectStore,
    sealed: SealedManifest,
    options: ListOptions,
  ): Promise<ManifestFacts | undefined> {
    const key = manifestKey(sealed.place);
    if (!this.knows(sealed)) {
      const read = await readFacts(store, sealed.place, options);
      this.#known.set(key, { sealedAtMs: sealed.sealedAt.getTime(), ...read });
    }
    const facts = this.#known.get(key)?.facts;
    return facts && { sealed, ...facts };
  }

  /** Why manifests do not count, a sentence each. */
  problems(): string[] {
    return [...this.#known.values()].flatMap(({ problem }) => problem ?? []);
  }

  /** Forgets all others: backups expire, and a function may live for weeks. */
  keepOnly(sealed: readonly SealedManifest[]): void {
    const present = new Set(sealed.map(({ place }) => manifestKey(place)));
    for (const key of this.#known.keys()) if (!present.has(key)) this.#known.delete(key);
  }
}

async function readFacts(
  store: ObjectStore,
  place: BackupPlace,
  options: ListOptions,
): Promise<Pick<Remembered, 'facts' | 'problem'>> {
  try {
    const { manifest, sha256 } = await readManifestFile(store, place, options);
    const { scope, durationMs, totals } = manifest;
    return {
      facts: {
        ...{ scope, durationMs, sha256 },
        storedBytes: totals.storedBytes,
        drillDiskBytes: estimateDrillBytes(manifest),
      },
      problem: undefined,
    };
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    // The backup expired between the listing and the reading.
    if (error.code === 'backup-unfinished') return { facts: undefined, problem: undefined };
    if (error.kind !== 'verification') throw error;
    return {
      facts: undefined,
      problem: `${nameOfBackup(place)} does not count as a backup: ${error.what}`,
    };
  }
}
