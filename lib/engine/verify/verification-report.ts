import type { ObjectVerdict } from '../archive/codec/stored-bytes.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { Manifest } from '../archive/manifest.ts';
import type { EncryptionReport } from './check-encryption.ts';
import type { VolumeComparison } from './compare-volume.ts';

/** One thing that was checked. */
export interface VerificationItem {
  readonly kind: 'manifest' | 'schema' | 'object' | 'table' | 'large-objects' | 'proof';
  /** An object's whole key, a table's `schema.name`, `schema`, or `large objects`. */
  readonly name: string;
  /** `unreadable`: the vault did not return it, so its state is unknown. */
  readonly verdict: ObjectVerdict;
  /** The fault; it completes the sentence "this … ". Several faults are joined by `; `. */
  readonly problem?: string;
}

export interface VerificationReport {
  readonly place: BackupPlace;
  /**
   * `intact`: every item matches. `damaged`: at least one is not what was written. `unreadable`: one could
   * not be read.
   */
  readonly verdict: 'intact' | 'damaged' | 'unreadable';
  /** Null if the manifest cannot be read. */
  readonly scope: Manifest['scope'] | null;
  /**
   * The manifest, the schema as a whole, every object in the order of the keys, every table, the large
   * objects, and the proof if there is one.
   */
  readonly items: readonly VerificationItem[];
  /**
   * Unusual figures that somebody should look at, though the backup is undamaged: a backup is as small as its
   * source was.
   */
  readonly warnings: readonly string[];
  /** Oddities that harm no restore: objects in the folder that the manifest does not name. */
  readonly notes: readonly string[];
  /**
   * Compared with the full backups before it; undefined for other backups, and if there are fewer than three
   * before.
   */
  readonly volume: VolumeComparison | undefined;
  /** Undefined for a backup that is not encrypted to recipients. */
  readonly encryption: EncryptionReport | undefined;
  readonly totals: VerificationTotals;
  readonly durationMs: number;
}

export interface VerificationTotals {
  readonly items: number;
  readonly damaged: number;
  readonly unreadable: number;
  /** The manifest's figures; 0 when it cannot be read. */
  readonly objects: number;
  readonly tables: number;
  readonly rows: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  /** Bytes fetched from the vault, without the manifest. */
  readonly readBytes: number;
}

/** One damaged item makes a backup damaged; otherwise one unreadable item makes it unreadable. */
export function verificationVerdictOf(items: readonly VerificationItem[]): VerificationReport['verdict'] {
  if (items.some(({ verdict }) => verdict === 'damaged')) return 'damaged';
  return items.some(({ verdict }) => verdict === 'unreadable') ? 'unreadable' : 'intact';
}
