import type { SourceStatus, StatusBackup, VaultStatus } from '../../engine/status/vault-status.ts';
import { expiryOf } from './expiry.ts';
import { scrubSummaryOf } from './scrub-summary.ts';

/** The JSON of `lifeboat status`. */
export function statusSummaryOf(status: VaultStatus) {
  const { vault, lookedAt, state, isReplica, scrubbedAt } = status;
  return {
    ...{ vault, lookedAt, state, isReplica, scrubbedAt: scrubbedAt ?? null },
    sources: status.sources.map(sourceSummaryOf),
  };
}

function sourceSummaryOf(status: SourceStatus) {
  const { source, state, concerns, limits, newestAt, provenAt, lastDrill, failedDrills, intervals } = status;
  return {
    ...{ source, state, concerns },
    ...{ newestAt: newestAt ?? null, provenAt: provenAt ?? null },
    limits: { backupSeconds: limits.backupSeconds, proofSeconds: limits.proofSeconds ?? null },
    lastDrill: lastDrill ? withoutItems(lastDrill) : null,
    failedDrills: failedDrills ?? null,
    intervals: intervals ?? null,
    backups: status.backups.map(backupSummaryOf),
  };
}

function withoutItems({
  verdict,
  backup,
  finishedAt,
  recoveryTimeMs,
  durationMs,
  target,
  totals,
}: NonNullable<SourceStatus['lastDrill']>) {
  const { retentionClass, source, backupId } = backup;
  return {
    backup: `${retentionClass}/${source}/${backupId}`,
    verdict,
    finishedAt,
    recoveryTimeMs,
    durationMs,
    target,
    totals,
  };
}

function backupSummaryOf({ name, at, contents, proof, problem, outlook, isHeld, scrub }: StatusBackup) {
  return {
    ...{ name, momentAt: at },
    scope: contents?.scope ?? null,
    storedBytes: contents?.storedBytes ?? null,
    durationMs: contents?.durationMs ?? null,
    proven: proof !== undefined,
    recoveryTimeMs: proof?.recoveryMs ?? null,
    problem: problem ?? null,
    expiry: expiryOf(outlook),
    onHold: isHeld ?? null,
    scrub: scrubSummaryOf(scrub),
  };
}
