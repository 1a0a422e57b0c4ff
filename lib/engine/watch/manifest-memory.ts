import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { type ListOptions, nameOfBackup } from '../archive/listing.ts';
import type { Manifest, StoredObject } from '../archive/manifest.ts';
import { missingObjects, nameMissing } from '../archive/missing-objects.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { estimateDrillBytes } from '../target/disk-room.ts';
import type { SealedManifest } from './sealed-manifests.ts';

/** The facts about a manifest that the sentinel and the status need. */
export interface ManifestFacts {
  readonly sealed: SealedManifest;
  readonly scope: Manifest['scope'];
  /** The moment that its rows show. */
  readonly takenAt: Date;
  /** Why somebody asked for it; undefined for one of a schedule. */
  readonly reason: string | undefined;
  readonly rows: number;
  /** When it was sealed, by the clock of the machine that wrote it. */
  readonly writtenAt: Date;
  readonly storedBytes: number;
  /** COPY text of its rows. */
  readonly rawBytes: number;
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
  /** When the manifests of complete backups were sealed. */
  readonly #complete = new Map<string, number>();
  readonly #incomplete = new Map<string, string>();
  /** The objects of the manifest that was read last; those of all would be tens of megabytes. */
  #lastRead: { readonly key: string; readonly objects: readonly StoredObject[] } | undefined;

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
      const { objects, ...read } = await readFacts(store, sealed.place, options);
      this.#known.set(key, { sealedAtMs: sealed.sealedAt.getTime(), ...read });
      this.#lastRead = objects && { key, objects };
    }
    const facts = this.#known.get(key)?.facts;
    return facts && { sealed, ...facts };
  }

  /**
   * Whether every object of a sealed backup is in the vault, with its size. In a replica a manifest may arrive
   * before them. Complete once, it is not asked again: nothing of a backup is deleted but all of it.
   */
  async isComplete(store: ObjectStore, sealed: SealedManifest, options: ListOptions): Promise<boolean> {
    const key = manifestKey(sealed.place);
    if (this.#complete.get(key) === sealed.sealedAt.getTime()) return true;
    const objects =
      this.#lastRead?.key === key
        ? this.#lastRead.objects
        : storedObjects((await readManifestFile(store, sealed.place, options)).manifest);
    const missing = await missingObjects(store, objects, options);
    if (missing.length > 0) {
      const name = nameOfBackup(sealed.place);
      this.#incomplete.set(
        key,
        `${name} is not complete, and does not count: the vault lacks ${nameMissing(missing)}.`,
      );
      return false;
    }
    this.#incomplete.delete(key);
    this.#complete.set(key, sealed.sealedAt.getTime());
    return true;
  }

  /** Why a backup does not count; undefined if it does, as far as it was read. */
  problemOf({ place }: SealedManifest): string | undefined {
    const key = manifestKey(place);
    return this.#known.get(key)?.problem ?? this.#incomplete.get(key);
  }

  /** Why manifests do not count, a sentence each. */
  problems(): string[] {
    const unread = [...this.#known.values()].flatMap(({ problem }) => problem ?? []);
    return [...unread, ...this.#incomplete.values()];
  }

  /** Forgets all others: backups expire, and a function may live for weeks. */
  keepOnly(sealed: readonly SealedManifest[]): void {
    const present = new Set(sealed.map(({ place }) => manifestKey(place)));
    for (const map of [this.#known, this.#complete, this.#incomplete]) {
      for (const key of map.keys()) if (!present.has(key)) map.delete(key);
    }
  }
}

async function readFacts(
  store: ObjectStore,
  place: BackupPlace,
  options: ListOptions,
): Promise<Pick<Remembered, 'facts' | 'problem'> & { readonly objects?: readonly StoredObject[] }> {
  try {
    const { manifest, sha256 } = await readManifestFile(store, place, options);
    const { scope, durationMs, totals } = manifest;
    return {
      facts: {
        ...{ scope, durationMs, sha256, reason: manifest.reason, rows: totals.rows },
        takenAt: new Date(manifest.snapshot.takenAt),
        writtenAt: new Date(manifest.sealedAt),
        storedBytes: totals.storedBytes,
        rawBytes: totals.rawBytes,
        drillDiskBytes: estimateDrillBytes(manifest),
      },
      problem: undefined,
      objects: storedObjects(manifest),
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
