import { type BackupPlace, manifestKey } from '../../engine/archive/keys.ts';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { Manifest } from '../../engine/archive/manifest.ts';

/** The name and the keys that a backup is found by. */
interface BackupAddress extends BackupPlace {
  /** `class/source/id`: every command accepts this as a backup. */
  readonly name: string;
  readonly manifestKey: string;
}

interface BackupContents {
  readonly scope: Manifest['scope'];
  readonly reason: string | null;
  /** The moment of the backup's snapshot, which its rows show. */
  readonly snapshotAt: string;
  readonly sealedAt: string;
  readonly durationMs: number;
  readonly serverVersion: string;
  readonly tables: number;
  readonly rows: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  /** The age recipients that it is encrypted to; empty if it is not. */
  readonly recipients: readonly string[];
}

/** One backup in the JSON of several commands: the same fields, with the same names, everywhere. */
export type BackupSummary = BackupAddress & BackupContents;

/** The same fields for a backup whose manifest cannot be read: all that the manifest would say is null. */
export type UnreadableSummary = BackupAddress & { readonly [Field in keyof BackupContents]: null };

export function summaryOf(place: BackupPlace, manifest: Manifest): BackupSummary {
  return {
    ...addressOf(place),
    scope: manifest.scope,
    reason: manifest.reason ?? null,
    snapshotAt: manifest.snapshot.takenAt,
    sealedAt: manifest.sealedAt,
    durationMs: manifest.durationMs,
    serverVersion: manifest.server.version,
    tables: manifest.tables.length,
    ...manifest.totals,
    recipients: manifest.encryption?.recipients ?? [],
  };
}

export function unreadableSummaryOf(place: BackupPlace): UnreadableSummary {
  return {
    ...addressOf(place),
    scope: null,
    reason: null,
    snapshotAt: null,
    sealedAt: null,
    durationMs: null,
    serverVersion: null,
    tables: null,
    rows: null,
    rawBytes: null,
    storedBytes: null,
    recipients: null,
  };
}

function addressOf({ retentionClass, source, backupId }: BackupPlace): BackupAddress {
  const place = { retentionClass, source, backupId };
  return { name: nameOfBackup(place), ...place, manifestKey: manifestKey(place) };
}
