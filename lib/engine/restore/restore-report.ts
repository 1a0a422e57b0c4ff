import type { DrillReport, ReportItem } from '../archive/drill-report.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { TableData } from '../archive/manifest.ts';
import type { ErasedRows } from '../erasures/erasing.ts';
import { type MomentSummary, momentSummary } from '../replay/moment-summary.ts';
import type { RowsOutcome } from '../rows/load-rows.ts';
import { commandForMissing, missingDependents } from './missing-dependents.ts';
import { type CopySummary, copySummary } from './plan/planned-copy.ts';
import type { PlannedRole } from './plan/planned-roles.ts';
import type { RestorePlan } from './plan/restore-plan.ts';
import type { ReadyTier } from './restore-into.ts';
import type { NewerPart } from './target/parts-there.ts';

/** What a restore did, and how it came out. */
export interface RestoreReport {
  /** `restored with failures`: something could not be restored, or differs from the source; see the items. */
  readonly outcome: 'restored' | 'restored with failures';
  readonly backup: BackupPlace;
  readonly target: { readonly display: string; readonly database: string; readonly serverVersion: string };
  /** `class/source/id` of the backup of the target's former content. */
  readonly safetyBackup: string | null;
  readonly resumed: boolean;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The measured recovery time: from the first statement until the last table can be used. */
  readonly recoveryTimeMs: number;
  /** The whole time, with the safety backup and the comparison. */
  readonly durationMs: number;
  readonly phases: DrillReport['phases'];
  readonly tiers: readonly ReadyTier[];
  readonly totals: {
    readonly tables: number;
    readonly rows: number;
    readonly rawBytes: number;
    readonly matched: number;
    readonly differing: number;
    readonly skipped: number;
  };
  /** Every table and sequence; other objects only if they do not match. */
  readonly items: readonly ReportItem[];
  /** The compared objects by kind; empty unless the whole backup was restored into an empty database. */
  readonly catalog: DrillReport['catalog'];
  /** Tables that the interrupted run had compared, and found as backed up, before they took their place. */
  readonly comparedBefore: number;
  /** What the replaced tables had, or no longer had, since the backup, and lost or got back. */
  readonly discarded: readonly NewerPart[];
  /** Objects that the target already had and that stay unchanged. */
  readonly kept: readonly string[];
  readonly rolesCreated: readonly string[];
  /** The same roles, with what they may do. None of them has a password. */
  readonly roles: readonly PlannedRole[];
  /** Objects of the backup that refer to what was restored: those that were made besides, and that are missing. */
  readonly dependents: {
    readonly made: readonly string[];
    readonly missing: readonly string[];
    /** The command that makes the missing ones. */
    readonly command: string | null;
  };
  /** Set when a schema, or several tables, were restored under other names. */
  readonly copy: CopySummary | null;
  /** The moment that the restored rows show, if changes were replayed onto the backup. */
  readonly moment: MomentSummary | null;
  /** Rows that were left out because they are on the list of erasures, by table. */
  readonly erased: readonly ErasedRows[];
  readonly notes: readonly string[];
}

export interface RestoreFindings {
  readonly items: readonly ReportItem[];
  readonly catalog: DrillReport['catalog'];
  readonly comparedBefore: number;
  readonly tiers: readonly ReadyTier[];
  readonly recoveryTimeMs: number;
  /** Rows and bytes that are in the target now. */
  readonly loaded: { readonly rows: number; readonly rawBytes: number };
  readonly kept: readonly string[];
  readonly notes: readonly string[];
}

export function describeRestore(
  plan: RestorePlan,
  { items: found, catalog, comparedBefore, tiers, recoveryTimeMs, loaded, kept, notes }: RestoreFindings,
  run: {
    readonly startedAt: Date;
    readonly phases: DrillReport['phases'];
    readonly safetyBackup: string | undefined;
  },
): RestoreReport {
  const finishedAt = new Date();
  const items = [...found, ...missingDependents(plan)];
  const count = (verdict: ReportItem['verdict']) => items.filter((one) => one.verdict === verdict).length;
  const { display, database, version } = plan.target;
  return {
    outcome: count('differs') === 0 ? 'restored' : 'restored with failures',
    backup: plan.backup.place,
    target: { display, database, serverVersion: version },
    safetyBackup: run.safetyBackup ?? null,
    resumed: plan.resumes,
    startedAt: run.startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    recoveryTimeMs: Math.round(recoveryTimeMs),
    durationMs: finishedAt.getTime() - run.startedAt.getTime(),
    phases: run.phases,
    tiers,
    totals: {
      tables: plan.tables.length,
      ...loaded,
      matched: count('match'),
      differing: count('differs'),
      skipped: count('skipped'),
    },
    items,
    catalog,
    comparedBefore,
    discarded: plan.newer,
    kept,
    rolesCreated: plan.rolesToCreate,
    roles: plan.roles,
    dependents: {
      made: plan.dependents.made.map(({ words }) => words),
      missing: plan.dependents.missing.map(({ words }) => words),
      command: commandForMissing(plan) ?? null,
    },
    copy: copySummary(plan.copy),
    moment: plan.moment ? momentSummary(plan.moment) : null,
    erased: plan.erased ?? [],
    notes,
  };
}

/** What was loaded: without tables whose rows could not be. */
export function loadedOf(
  outcomes: ReadonlyMap<TableData, RowsOutcome>,
  { largeObjects, backup }: RestorePlan,
): RestoreFindings['loaded'] {
  const tables = [...outcomes.values()].flatMap((one) => ('expected' in one ? [one.expected] : []));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    rows: sum(tables.map(({ rows }) => rows)),
    rawBytes:
      sum(tables.map(({ rawBytes }) => rawBytes)) +
      (largeObjects ? backup.manifest.largeObjects.rawBytes : 0),
  };
}
