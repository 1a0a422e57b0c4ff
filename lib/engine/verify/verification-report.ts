import type { ObjectVerdict } from '../archive/codec/stored-bytes.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { VolumeComparison } from './compare-volume.ts';

/** One thing that was looked at. */
export interface VerificationItem {
  readonly kind: 'manifest' | 'schema' | 'object' | 'table' | 'large-objects' | 'proof';
  /** An object's whole key, a table's `schema.name`, `schema`, or `large objects`. */
  readonly name: string;
  /** `unreadable`: the vault did not hand it out, so nothing is known of it. */
  readonly verdict: ObjectVerdict;
  /** What is wrong, completing the sentence "this … ". Several are joined by `; `. */
  readonly problem?: string;
}

export interface VerificationReport {
  readonly place: BackupPlace;
  /** `intact`: every item matches. `damaged`: at least one is not what was written. `unreadable`: one could not be read. */
  readonly verdict: 'intact' | 'damaged' | 'unreadable';
  /**
   * The manifest, the schema as a whole, every object it names in the order of their keys, every table, the large objects,
   * and the proof where there is one.
   */
  readonly items: readonly VerificationItem[];
  /**
   * What the backup is whole with, and somebody should look at: of a volume that is not as usual. A backup is as small as
   * its source was.
   */
  readonly warnings: readonly string[];
  /** What is odd and harms no restore: objects in the folder that the manifest does not name. */
  readonly notes: readonly string[];
  /** Beside the full backups before it; undefined of any other backup, and while there are fewer than three. */
  readonly volume: VolumeComparison | undefined;
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
  /** Bytes fetched from the vault, the manifest not counted. */
  readonly readBytes: number;
}

/** One damaged item makes a backup damaged; one that nobody could read makes it unknown. */
export function verificationVerdictOf(items: readonly VerificationItem[]): VerificationReport['verdict'] {
  if (items.some(({ verdict }) => verdict === 'damaged')) return 'damaged';
  return items.some(({ verdict }) => verdict === 'unreadable') ? 'unreadable' : 'intact';
}
