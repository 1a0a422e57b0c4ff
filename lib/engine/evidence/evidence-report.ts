import type { SignatureVerdict } from '../attest/check-record.ts';
import type { DrillPredicate, RestorePredicate } from '../attest/statement.ts';
import type { TrailEvent } from './trail/trail-event.ts';

/** From `from`, included, to `to`, excluded. It must be over: a report of it never changes while the vault does not. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** What the organisation has promised itself. Undefined: nothing is judged by it. */
export interface Targets {
  /** The longest time between two backups: what may be lost. */
  readonly recoveryPointMs?: number | undefined;
  /** The longest time that a restore may take. */
  readonly recoveryTimeMs?: number | undefined;
  /** The longest time without a drill that passed. */
  readonly drillEveryMs?: number | undefined;
}

/** Where a line of the report comes from: a record for auditors, or the backup itself, which has none. */
export type Origin = 'record' | 'backup';

export interface BackupTaken {
  readonly name: string;
  /** The moment that its rows show. */
  readonly snapshotAt: string;
  readonly sealedAt: string;
  readonly durationMs: number;
  readonly scope: string;
  readonly tables: number;
  readonly rows: number;
  readonly storedBytes: number;
  readonly serverVersion: string;
  readonly encrypted: boolean;
  readonly lock: { readonly mode: string; readonly days: number } | null;
  readonly reason: string | null;
  readonly origin: Origin;
}

export interface DrillHeld
  extends Pick<DrillPredicate, 'verdict' | 'finishedAt' | 'recoveryTimeMs' | 'durationMs'> {
  readonly name: string;
  /** What the backup's rows show; null if only its proof is known. */
  readonly snapshotAt: string | null;
  readonly target: DrillPredicate['target'];
  readonly tables: number;
  readonly rows: number;
  readonly matched: number;
  readonly differing: number;
  readonly skipped: number;
  readonly findings: DrillPredicate['findings'];
  readonly moreFindings: number;
  readonly signature: SignatureVerdict;
  /** Of the trusted key. */
  readonly keyId: string | null;
  readonly problems: readonly string[];
  readonly origin: Origin;
}

export interface RestoreDone
  extends Pick<
    RestorePredicate,
    'by' | 'from' | 'target' | 'scope' | 'outcome' | 'startedAt' | 'finishedAt'
  > {
  readonly name: string;
  readonly code: string | null;
  readonly recoveryTimeMs: number | null;
  readonly rows: number | null;
  readonly signature: SignatureVerdict;
}

/** What a scrub found in one backup. */
export interface ScrubDone {
  readonly name: string;
  readonly endedAt: string;
  readonly verdict: 'intact' | 'damaged' | 'unreadable';
  readonly problems: number;
}

/** Something that decides how long a backup is kept. */
export interface ChangeMade {
  readonly at: string;
  readonly what: 'hold' | 'release' | 'removal';
  readonly name: string;
  readonly by: string;
  readonly reason: string;
}

/** Figures of a source in the period. Null: there is nothing to compute them from. */
export interface SourceFigures {
  readonly backups: number;
  readonly longestGapMs: number | null;
  readonly drills: number;
  readonly drillsPassed: number;
  readonly longestRecoveryMs: number | null;
  readonly medianRecoveryMs: number | null;
  readonly longestWithoutDrillMs: number | null;
}

export interface SourceEvidence {
  readonly name: string;
  readonly figures: SourceFigures;
  readonly backups: readonly BackupTaken[];
  readonly drills: readonly DrillHeld[];
  readonly restores: readonly RestoreDone[];
  readonly scrubs: readonly ScrubDone[];
  readonly changes: readonly ChangeMade[];
}

export const EXCEPTION_KINDS = [
  'no-backup',
  'recovery-point-missed',
  'recovery-time-missed',
  'drill-failed',
  'drill-missing',
  'scrub-not-intact',
  'restore-not-complete',
  'changes-gap',
  'not-signed',
  'altered',
  'unreadable',
  'clock',
] as const;
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

/** What an auditor asks about. */
export interface EvidenceException {
  readonly kind: ExceptionKind;
  readonly source: string;
  readonly at: string;
  /** A whole sentence. */
  readonly what: string;
}

export interface EvidenceReport {
  readonly format: 1;
  readonly vault: string;
  readonly from: string;
  readonly to: string;
  readonly targets: {
    readonly recoveryPointMs: number | null;
    readonly recoveryTimeMs: number | null;
    readonly drillEveryMs: number | null;
  };
  /** Ids of the public keys that signatures were checked with. */
  readonly keyIds: readonly string[];
  readonly sources: readonly SourceEvidence[];
  readonly exceptions: readonly EvidenceException[];
  /** Null: nobody named a trail. */
  readonly trail: readonly TrailEvent[] | null;
  /** What this report does not know. */
  readonly limits: readonly string[];
}
