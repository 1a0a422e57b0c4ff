import type { RetentionClass } from './open-vault.ts';

/** A backup, as `lifeboat list --json` describes it. Times are in UTC, in ISO 8601 format. */
export interface BackupInformation {
  /** `class/source/id`: every call and every command takes it. */
  readonly name: string;
  readonly retentionClass: RetentionClass;
  readonly source: string;
  readonly backupId: string;
  /** The key of its manifest in the vault. */
  readonly manifestKey: string;
  readonly scope: 'full' | 'partial' | 'schema-only';
  /** Why somebody took it; null if nobody said. */
  readonly reason: string | null;
  /** The moment that its rows show. */
  readonly snapshotAt: string;
  readonly sealedAt: string;
  readonly durationMs: number;
  /** The source's version of PostgreSQL: `15.20`. */
  readonly serverVersion: string;
  readonly tables: number;
  readonly rows: number;
  /** The rows before compression, in bytes. */
  readonly rawBytes: number;
  /** All objects as they are stored, in bytes. */
  readonly storedBytes: number;
  /** The age recipients that it is encrypted to; empty if it is not. */
  readonly recipients: readonly string[];
}
