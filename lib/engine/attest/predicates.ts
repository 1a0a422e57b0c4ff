import type { DrillReport } from '../archive/drill-report.ts';
import { type BackupPlace, manifestKey, proofKey } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import type { LockOrder } from '../storage/retention.ts';
import type { Statement } from './statement.ts';

/** A record stays small: the proof has the whole report. */
const NAMED_FINDINGS = 100;
const LONGEST_REASON = 500;

export function backupInWords(place: BackupPlace) {
  const { retentionClass, source } = place;
  return { name: nameOfBackup(place), retentionClass, source };
}

/** That a backup was taken. */
export function backupStatement(
  place: BackupPlace,
  manifest: Manifest,
  sha256: string,
  lock?: LockOrder,
): Statement<'backups'> {
  const { scope, startedAt, sealedAt, durationMs, snapshot, tables, totals, server, reason } = manifest;
  return {
    kind: 'backups',
    subjects: [{ key: manifestKey(place), sha256 }],
    predicate: {
      backup: backupInWords(place),
      ...{ scope, startedAt, sealedAt, durationMs },
      snapshotAt: snapshot.takenAt,
      tables: tables.length,
      rows: totals.rows,
      storedBytes: totals.storedBytes,
      serverVersion: server.version,
      encrypted: manifest.encryption !== undefined,
      ...(lock ? { lock: { mode: lock.mode, days: lock.days } } : {}),
      ...(reason === undefined ? {} : { reason: reason.slice(0, LONGEST_REASON) }),
      lifeboatVersion: manifest.lifeboatVersion,
    },
  };
}

/** How a drill came out; `proofSha256` is that of the proof which this drill has kept. */
export function drillStatement(
  report: DrillReport,
  snapshotAt: string,
  proofSha256: string | undefined,
): Statement<'drills'> {
  const { backup, verdict, target, startedAt, finishedAt, recoveryTimeMs, durationMs, totals } = report;
  const findings = report.items.flatMap(({ kind, name, verdict: found, reason = '' }) =>
    found === 'match' ? [] : [{ kind, name: cut(name), verdict: found, reason: cut(reason) }],
  );
  // What differs matters most.
  const ordered = findings.toSorted(
    (a, b) => Number(a.verdict === 'skipped') - Number(b.verdict === 'skipped'),
  );
  return {
    kind: 'drills',
    subjects: [
      { key: manifestKey(backup), sha256: report.manifestSha256 },
      ...(proofSha256 === undefined ? [] : [{ key: proofKey(backup), sha256: proofSha256 }]),
    ],
    predicate: {
      backup: backupInWords(backup),
      ...{ snapshotAt, verdict, target, startedAt, finishedAt, recoveryTimeMs, durationMs, totals },
      findings: ordered.slice(0, NAMED_FINDINGS),
      moreFindings: Math.max(0, ordered.length - NAMED_FINDINGS),
      lifeboatVersion: report.lifeboatVersion,
    },
  };
}

function cut(text: string): string {
  return text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 1)}…`;
}
