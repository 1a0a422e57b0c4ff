import type { AlarmKind } from '../../contract/alarm-texts.ts';
import type { DrillReport } from '../archive/drill-report.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { Manifest } from '../archive/manifest.ts';
import type { ScrubRecord } from '../archive/scrub-record.ts';
import type { SourceState } from '../health/status/status.ts';
import type { Outlook } from '../keep/outlook.ts';
import type { Interval } from '../replay/plan/intervals.ts';
import type { StatusLimits } from './limits.ts';

/** What a drill found, without its items. */
export interface ProofSummary {
  readonly verdict: DrillReport['verdict'];
  readonly finishedAt: Date;
  readonly recoveryMs: number;
}

/** One sealed backup, as a calendar or a trend shows it. */
export interface StatusBackup {
  /** `class/source/id` */
  readonly name: string;
  readonly place: BackupPlace;
  /** When it began, by its id; when it was sealed, if that is earlier. */
  readonly at: Date;
  readonly sealedAt: Date;
  /** What its manifest says; undefined if that cannot be trusted. */
  readonly contents:
    | {
        readonly scope: Manifest['scope'];
        readonly reason: string | undefined;
        readonly takenAt: Date;
        readonly rows: number;
        readonly storedBytes: number;
        readonly durationMs: number;
      }
    | undefined;
  readonly proof: ProofSummary | undefined;
  /** Why the backup, or its proof, does not count. */
  readonly problem: string | undefined;
  /** Undefined if nothing is known about it. */
  readonly outlook: Outlook | undefined;
  /** Undefined if the vault has no holds, or does not say. */
  readonly isHeld: boolean | undefined;
  readonly scrub: ScrubRecord | undefined;
}

/** Something that is not as it should be. Its kind is the alarm of the stack that tells of the same. */
export interface Concern {
  readonly kind: AlarmKind | 'vault-unreadable' | 'backup-unreadable' | 'clock-ahead' | 'not-backed-up';
  /** `critical`: the source is not safe. `stale`: nobody knows. */
  readonly state: Exclude<SourceState, 'ok'>;
  /** A sentence. */
  readonly what: string;
}

/** The answer for one source, and what it follows from. */
export interface SourceStatus {
  readonly source: string;
  /** `ok`: safe. `warning`: safe, but somebody should look. `critical`: not safe. `stale`: nobody knows. */
  readonly state: SourceState;
  /** The worst first. */
  readonly concerns: readonly Concern[];
  readonly limits: StatusLimits;
  /** When the newest full backup was sealed, and when the newest proven one was. */
  readonly newestAt: Date | undefined;
  readonly provenAt: Date | undefined;
  /** Newest first. */
  readonly backups: readonly StatusBackup[];
  /** The report of the drill that passed last. */
  readonly lastDrill: DrillReport | undefined;
  /** Drills that failed since; undefined if nobody counts them: a drill that fails leaves nothing in the vault. */
  readonly failedDrills: number | undefined;
  /** The moments that can be restored. Undefined if they could not be read. */
  readonly intervals: readonly Interval[] | undefined;
}

/** The answer for a vault, as it was at one moment. */
export interface VaultStatus {
  readonly vault: string;
  readonly lookedAt: Date;
  /** The worst of all sources; `critical` without any. */
  readonly state: SourceState;
  readonly sources: readonly SourceStatus[];
  /** Whether S3 fills this vault from another one. */
  readonly isReplica: boolean;
  /** When a scrub of the whole vault ended last; undefined if none has, or if nobody may know. */
  readonly scrubbedAt: Date | undefined;
}
