import type { BackupPlace } from '../../archive/keys.ts';
import { backupFolders, type ListOptions, sealedNewestFirst } from '../../archive/listing.ts';
import type { Manifest } from '../../archive/manifest.ts';
import { readManifest } from '../../archive/read-manifest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { parseLsn } from '../../pgoutput/lsn.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { parseSnapshot, type SnapshotXids } from '../visibility.ts';

/** A full backup on whose rows changes can be replayed. */
export interface Base {
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  readonly snapshot: SnapshotXids;
  /** Insert LSN that was read right after the snapshot: earlier moments cannot be restored from it. */
  readonly lsn: bigint;
}

/** The full backups of a source that could be a base, newest first. One that cannot be read is left out. */
export async function* basesOf(
  store: ObjectStore,
  source: string,
  options: ListOptions = {},
): AsyncGenerator<Base> {
  const folders = await backupFolders(store, { source }, options);
  for await (const place of sealedNewestFirst(store, folders, options)) {
    const manifest = await readManifest(store, place, options).catch((error: unknown) => {
      if (error instanceof LifeboatError && error.kind === 'verification') return undefined;
      throw error;
    });
    const base = manifest && baseOf(place, manifest);
    if (base) yield base;
  }
}

/** Undefined for a backup without a place in the WAL. Whether it is a base of an epoch, whyNoBase() says. */
export function baseOf(place: BackupPlace, manifest: Manifest): Base | undefined {
  const { scope, snapshot } = manifest;
  const lsn = parseLsn(snapshot.lsn ?? '');
  if (scope !== 'full' || lsn === undefined) return undefined;
  return { place, manifest, snapshot: parseSnapshot(snapshot.snapshot), lsn };
}
