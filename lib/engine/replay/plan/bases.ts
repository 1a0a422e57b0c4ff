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

export interface BasesOptions extends ListOptions {
  /** No base after this is wanted. Their ids are compared, which need no request. */
  readonly notAfter?: Date | undefined;
}

/** Between the clock of who backs up, which makes the ids, and the source's. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** The full backups of a source that could be a base, newest first. One that cannot be read is left out. */
export async function* basesOf(
  store: ObjectStore,
  source: string,
  { notAfter, ...options }: BasesOptions = {},
): AsyncGenerator<Base> {
  const ids = notAfter && { until: new Date(notAfter.getTime() + CLOCKS_DIFFER_MS) };
  const folders = await backupFolders(store, { source, ids }, options);
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
