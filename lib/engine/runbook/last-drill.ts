import type { DrillReport } from '../archive/drill-report.ts';
import { firstFullBackup } from '../archive/first-full-backup.ts';
import { listBackups, nameOfBackup, type SealedBackup } from '../archive/listing.ts';
import { readManifest, readManifestFile } from '../archive/read-manifest.ts';
import { readProof } from '../archive/read-proof.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What the vault says about one source: how long a restore takes, how much is lost, and by what proof. */
export interface LastDrill {
  readonly source: string;
  /** The newest full backup. Undefined: there is none. */
  readonly newest: BackupMoment | undefined;
  /** The newest backup with a proof that counts. Undefined: none is proven. */
  readonly proven: ProvenBackup | undefined;
  /** The database's name, for commands. Undefined without a full backup. */
  readonly database: string | undefined;
  /** Why the vault, or its newest backup, could not be read for this source. */
  readonly problem?: string;
}

export interface BackupMoment {
  readonly name: string;
  readonly snapshotAt: Date;
}

export interface ProvenBackup extends BackupMoment {
  readonly report: DrillReport;
}

/** Older proofs are not looked at: whoever has twenty that do not count has other worries. */
const MOST_PROOFS = 20;
const SOURCES_AT_ONCE = 4;

/** Reads the last drill of each source of a vault, or of those that are named. */
export async function lastDrills(
  store: ObjectStore,
  sources: readonly string[] | undefined,
  options: { readonly signal: AbortSignal },
): Promise<LastDrill[]> {
  const filter = sources?.length === 1 ? { source: sources[0] } : {};
  const { backups } = await listBackups(store, filter, options);
  const there = [...new Set(backups.map(({ place }) => place.source))].sort();
  return await inParallel(sources ?? there, SOURCES_AT_ONCE, (source) =>
    lastDrillOf(
      store,
      source,
      backups.filter(({ place }) => place.source === source),
      options,
    ).catch((error: unknown): LastDrill => {
      if (!(error instanceof LifeboatError) || error.kind === 'interrupted') throw error;
      return { source, newest: undefined, proven: undefined, database: undefined, problem: error.what };
    }),
  );
}

async function lastDrillOf(
  store: ObjectStore,
  source: string,
  backups: readonly SealedBackup[],
  options: { readonly signal: AbortSignal },
): Promise<LastDrill> {
  const places = backups.map(({ place }) => place);
  const proven = await newestProven(store, backups, options);
  try {
    const place = await firstFullBackup(store, places, options);
    const manifest = place && (await readManifest(store, place, options));
    return {
      source,
      newest: place &&
        manifest && { name: nameOfBackup(place), snapshotAt: new Date(manifest.snapshot.takenAt) },
      proven: proven?.backup,
      database: manifest?.server.database,
    };
  } catch (error) {
    if (!isDamage(error)) throw error;
    // What an older backup has shown is still worth knowing.
    return {
      ...{ source, newest: undefined, proven: proven?.backup },
      ...{ database: proven?.database, problem: error.what },
    };
  }
}

function isDamage(error: unknown): error is LifeboatError {
  return error instanceof LifeboatError && error.kind === 'verification';
}

async function newestProven(
  store: ObjectStore,
  backups: readonly SealedBackup[],
  options: { readonly signal: AbortSignal },
): Promise<{ readonly backup: ProvenBackup; readonly database: string } | undefined> {
  for (const { place } of backups.filter(({ hasProof }) => hasProof).slice(0, MOST_PROOFS)) {
    const read = await readManifestFile(store, place, options).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      return undefined;
    });
    if (read?.manifest.scope !== 'full') continue;
    const { snapshot, server } = read.manifest;
    const report = (await readProof(store, place, read.sha256, options))?.report;
    if (report) {
      const backup = { name: nameOfBackup(place), snapshotAt: new Date(snapshot.takenAt), report };
      return { backup, database: server.database };
    }
  }
  return undefined;
}
