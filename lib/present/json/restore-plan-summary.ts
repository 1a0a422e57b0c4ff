import { qualifiedName } from '../../engine/ground/sql.ts';
import { momentSummary } from '../../engine/replay/moment-summary.ts';
import { copySummary } from '../../engine/restore/plan/planned-copy.ts';
import type { RestorePlan } from '../../engine/restore/restore.ts';
import { LOCK_ATTEMPT_MS } from '../../engine/restore/target/lock-attempt-ms.ts';

/** A plan as `--dry-run --json` prints it. Scripts rely on its fields. */
export function planSummary(plan: RestorePlan) {
  const { backup, target, scope } = plan;
  return {
    backup: {
      snapshotAt: backup.manifest.snapshot.takenAt,
      serverVersion: backup.manifest.server.version,
      rows: backup.manifest.totals.rows,
      rawBytes: backup.manifest.totals.rawBytes,
      proven: backup.proof !== undefined,
    },
    target: {
      display: target.display,
      database: target.database,
      serverVersion: target.version,
      holds: target.holds ?? null,
      sizeBytes: target.sizeBytes,
    },
    scope,
    moment: plan.moment ? momentSummary(plan.moment) : null,
    resumes: plan.resumes,
    createsDatabase: plan.createsDatabase,
    safetyBackup: plan.safetyBackup,
    safetyRecipients: plan.safetyRecipients,
    replaces: plan.replaces.map(({ key, estimatedRows }) => ({
      name: key,
      estimatedRows: estimatedRows ?? null,
      backupRows: plan.tables.find((one) => qualifiedName(one.schema, one.name) === key)?.rows ?? null,
    })),
    newer: plan.newer,
    empties: plan.empties.map(({ key, estimatedRows }) => ({
      name: key,
      estimatedRows: estimatedRows ?? null,
    })),
    rolesToCreate: plan.rolesToCreate,
    roles: plan.roles,
    locks: {
      alone: plan.locks.alone,
      againstWriting: plan.locks.againstWriting,
      attemptMs: LOCK_ATTEMPT_MS,
      patienceMs: plan.locks.patienceMs,
      loadsBeside: plan.exchanges,
    },
    dependents: {
      made: plan.dependents.made.map(({ words }) => words),
      missing: plan.dependents.missing.map(({ words }) => words),
      impossible: plan.dependents.impossible,
    },
    tables: plan.tables.map(({ schema, name, rows }) => ({ schema, name, rows })),
    objects: plan.entries.length,
    outsideReferences: plan.outsideReferences,
    newName: plan.newName?.to ?? null,
    copy: copySummary(plan.copy),
    tiers: plan.tiers.map(({ names }) => names),
    rows: plan.rows,
    rawBytes: plan.rawBytes,
    jobs: plan.jobs,
    expectedMs: Math.round(plan.expectedMs),
    neededBytes: plan.neededBytes,
    doneBefore: plan.doneBefore ? doneSummary(plan.doneBefore) : null,
    erased: plan.erased ?? [],
    notes: plan.notes,
  };
}

/** What an interrupted restore has done. */
function doneSummary({ tables, rawBytes, indexes }: NonNullable<RestorePlan['doneBefore']>) {
  const of = ([done, total]: readonly [number, number]) => ({ done, total });
  return { tables: of(tables), rawBytes: of(rawBytes), indexes: of(indexes) };
}
