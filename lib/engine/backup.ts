import type { BackupPlace } from './archive/keys.ts';
import type { Manifest } from './archive/manifest.ts';
import type { Observer } from './progress.ts';
import type { ConnectionSettings } from './source/connection-settings.ts';
import type { CoordinatorOptions } from './source/coordinator.ts';
import type { ObjectStore } from './storage/object-store.ts';

export interface BackupRequest {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly scope?: 'full' | 'schema-only';
  /** Why somebody asked for it: `before migration 005`. */
  readonly reason?: string;
  /** Sessions that copy at once; 4 unless given, and never more than a quarter of what is free. */
  readonly jobs?: number;
  /** zstd's; 3 unless given. */
  readonly compressionLevel?: number;
  /** Tables of more than twice this are cut into pieces of about this size. */
  readonly chunkBytes?: number;
  /** The snapshot keeps vacuum from removing dead rows: give up after this long; 15 minutes unless given. */
  readonly longestSnapshotMs?: number;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
  readonly coordinatorOptions?: Partial<Omit<CoordinatorOptions, 'signal'>>;
}

export type BackupResult =
  | { readonly outcome: 'sealed'; readonly place: BackupPlace; readonly manifest: Manifest }
  /** Another run sealed the same backup first; what this one wrote belongs to nothing. */
  | { readonly outcome: 'already-sealed'; readonly place: BackupPlace };

export async function backup(_request: BackupRequest): Promise<BackupResult> {
  throw new Error('to come');
}
