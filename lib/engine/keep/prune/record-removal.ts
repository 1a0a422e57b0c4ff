import { manifestKey } from '../../archive/keys.ts';
import { nameOfBackup } from '../../archive/listing.ts';
import { keepRecord } from '../../attest/keep-record.ts';
import { backupInWords } from '../../attest/predicates.ts';
import { LIFEBOAT_VERSION } from '../../ground/version.ts';
import type { PlanRequest, PruneVerdict } from './prune-plan.ts';

/** The removal of one backup. */
export interface RemovalToRecord {
  readonly verdict: PruneVerdict;
  /** SHA-256 of its manifest, as it was before. */
  readonly manifestSha256: string;
  readonly storedBytes: number;
  readonly removedAt: Date;
  /** Who asked, as that person says. */
  readonly by: string;
}

/** Records for auditors which backup was deleted, and why it might be. Never throws; returns what could not be recorded. */
export async function recordRemoval(
  { store, days }: PlanRequest,
  { verdict, manifestSha256, storedBytes, removedAt, by }: RemovalToRecord,
): Promise<readonly string[]> {
  const { place, newer } = verdict;
  const statement = {
    kind: 'removals',
    subjects: [{ key: manifestKey(place), sha256: manifestSha256 }],
    predicate: {
      backup: backupInWords(place),
      by,
      ...(newer ? { newer: nameOfBackup(newer) } : {}),
      keptDays: days[place.retentionClass],
      removedAt: removedAt.toISOString(),
      storedBytes,
      lifeboatVersion: LIFEBOAT_VERSION,
    },
  } as const;
  return (await keepRecord({ store, place, statement, at: removedAt })).problems;
}
