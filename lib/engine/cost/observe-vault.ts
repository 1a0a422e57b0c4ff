import { HOST_PROFILES, type HostProfile } from '../../contract/host-profiles.ts';
import { RETENTION_CLASSES, type RetentionClass } from '../../contract/retention-classes.ts';
import { listBackups, type SealedBackup } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { readProof } from '../archive/read-proof.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { isInEgressWindow } from '../watch/egress-rate.ts';

/** What one source has in a vault, and what its backups of the last week took. */
export interface ObservedSource {
  readonly source: string;
  /** Of all sealed backups. */
  readonly stored: Readonly<Record<RetentionClass, { readonly backups: number; readonly bytes: number }>>;
  /** As the newest backup says; `plain` if it is no known one. */
  readonly host: HostProfile;
  /** When each backup that is left was sealed. */
  readonly sealedAts: readonly Date[];
  /** Sealed within the window. */
  readonly backups: Readonly<Record<RetentionClass, number>>;
  /** COPY text of these: what left the host at least. Attempts that failed are not in any manifest. */
  readonly textBytes: number;
  readonly newest: { readonly textBytes: number; readonly storedBytes: number; readonly objects: number };
  /** Means over the window; null if there was none. */
  readonly backupSeconds: number | null;
  readonly drillSeconds: number | null;
  readonly drills: number;
  /** Manifests that could not be read: what they hold is not counted. */
  readonly unreadable: number;
}

const MANIFESTS_AT_ONCE = 8;

export interface ObserveRequest {
  readonly store: ObjectStore;
  /** @default every source of the vault */
  readonly source?: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly observer?: Observer;
}

/** Reads the manifests of a vault, and the proofs of its window; never a row. */
export async function observeVault(request: ObserveRequest): Promise<ObservedSource[]> {
  const { store, source, signal, now, observer } = request;
  const { backups } = await listBackups(store, { source }, { signal });
  let done = 0;
  const read = await inParallel(backups, MANIFESTS_AT_ONCE, async (sealed) => {
    const found = await look(store, sealed, now, signal);
    done += 1;
    observer?.onProgress?.({ phase: 'read', tablesDone: done, tablesTotal: backups.length, rawBytes: 0 });
    return found;
  });
  const bySource = Map.groupBy(read, ({ sealed }) => sealed.place.source);
  return [...bySource]
    .map(([name, looks]) => summed(name, looks))
    .sort((a, b) => (a.source < b.source ? -1 : 1));
}

interface Look {
  readonly sealed: SealedBackup;
  readonly manifest?: Pick<Manifest, 'totals' | 'durationMs' | 'scope'> & {
    readonly objects: number;
    readonly host: string;
  };
  readonly inWindow: boolean;
  /** Of the drill that left a proof; undefined if there is none, or it is older than the window. */
  readonly drillMs?: number | undefined;
}

async function look(store: ObjectStore, sealed: SealedBackup, now: Date, signal: AbortSignal): Promise<Look> {
  const inWindow = isInEgressWindow(sealed.sealedAt, now);
  try {
    const { manifest, sha256 } = await readManifestFile(store, sealed.place, { signal });
    const { totals, durationMs, scope, server } = manifest;
    const proof =
      sealed.hasProof && inWindow ? await readProof(store, sealed.place, sha256, { signal }) : undefined;
    return {
      ...{ sealed, inWindow, drillMs: proof?.report?.durationMs },
      // A manifest of 10,000 tables takes tens of megabytes: only its sums are kept.
      manifest: {
        totals,
        durationMs,
        scope,
        host: server.hostProfile,
        objects: storedObjects(manifest).length + 1,
      },
    };
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
    return { sealed, inWindow };
  }
}

function summed(source: string, looks: readonly Look[]): ObservedSource {
  const readable = looks.filter(({ manifest }) => manifest !== undefined);
  const window = readable.filter(({ inWindow }) => inWindow);
  const full = readable.filter(({ manifest }) => manifest?.scope === 'full');
  const newest = (full.length > 0 ? full : readable)[0]?.manifest;
  const drills = window.flatMap(({ drillMs }) => (drillMs === undefined ? [] : [drillMs]));
  const of = (some: readonly Look[], name: RetentionClass) =>
    some.filter(({ sealed }) => sealed.place.retentionClass === name);
  const byClass = <Value>(value: (name: RetentionClass) => Value) =>
    Object.fromEntries(RETENTION_CLASSES.map((name) => [name, value(name)])) as Record<RetentionClass, Value>;
  return {
    source,
    host: HOST_PROFILES.find((name) => name === newest?.host) ?? 'plain',
    sealedAts: looks.map(({ sealed }) => sealed.sealedAt),
    stored: byClass((name) => ({
      backups: of(readable, name).length,
      bytes: sum(of(readable, name).map(({ manifest }) => manifest?.totals.storedBytes ?? 0)),
    })),
    backups: byClass((name) => of(window, name).length),
    textBytes: sum(window.map(({ manifest }) => manifest?.totals.rawBytes ?? 0)),
    newest: {
      textBytes: newest?.totals.rawBytes ?? 0,
      storedBytes: newest?.totals.storedBytes ?? 0,
      objects: newest?.objects ?? 0,
    },
    backupSeconds: mean(window.map(({ manifest }) => (manifest?.durationMs ?? 0) / 1000)),
    drillSeconds: mean(drills.map((ms) => ms / 1000)),
    drills: drills.length,
    unreadable: looks.length - readable.length,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}
