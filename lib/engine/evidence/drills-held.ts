import { manifestKey } from '../archive/keys.ts';
import { nameOfBackup, type SealedBackup } from '../archive/listing.ts';
import { readProof } from '../archive/read-proof.ts';
import { checkRecord } from '../attest/check-record.ts';
import { drillStatement } from '../attest/predicates.ts';
import type { PublicKey } from '../attest/public-keys.ts';
import { listRecords, type ReadRecord } from '../attest/read-records.ts';
import type { DrillPredicate } from '../attest/statement.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import { compare } from './backups-taken.ts';
import type { DrillHeld, EvidenceException, Period } from './evidence-report.ts';
import { readBackTo } from './in-period.ts';
import { aboutRecords } from './record-exceptions.ts';
import { filesOf } from './verify-evidence.ts';

const PROOFS_AT_ONCE = 4;

export interface FoundDrills {
  /** Also those before the period, back to the last that passed. The oldest first. */
  readonly drills: readonly DrillHeld[];
  readonly exceptions: readonly EvidenceException[];
}

/** The drills of a source: those on record, and proofs that were made before there were records. */
export async function drillsHeld(
  store: ObjectStore,
  source: string,
  sealed: readonly SealedBackup[],
  { period, keys }: { readonly period: Period; readonly keys: readonly PublicKey[] },
  options: GetOptions,
): Promise<FoundDrills> {
  const files = await listRecords(store, 'drills', source, options);
  const counts = (record: ReadRecord<'drills'>) =>
    record.statement !== undefined &&
    isPassed({
      verdict: record.statement.predicate.verdict,
      signature: checkRecord(record, keys).verdict,
    });
  const records = await readBackTo(store, 'drills', files, { period, counts }, options);
  const there = new Map(sealed.map((one) => [nameOfBackup(one.place), one]));
  const recorded = await inParallel(records, PROOFS_AT_ONCE, async (record) => {
    if (!record.statement) return [];
    const backup = there.get(nameOfBackup(record.file.place));
    // What has expired is compared with nothing: the signature alone tells.
    const now = backup ? await filesOf(store, backup.place, options) : new Map<string, string | null>();
    const { verdict, keyId, problems } = checkRecord(record, keys, now);
    return [{ ...describe(record.statement.predicate), signature: verdict, keyId: keyId ?? null, problems }];
  });
  const known = new Set(files.map(({ place }) => nameOfBackup(place)));
  const older = sealed.filter(({ place, hasProof }) => hasProof && !known.has(nameOfBackup(place)));
  const proven = await inParallel(older, PROOFS_AT_ONCE, async ({ place }) => {
    const manifestSha256 = (await filesOf(store, place, options)).get(manifestKey(place)) ?? '';
    const proof = await readProof(store, place, manifestSha256, options);
    if (!proof?.report) return [];
    const { predicate } = drillStatement(proof.report, proof.report.startedAt, undefined);
    const held = { ...describe(predicate), snapshotAt: null, origin: 'backup' as const };
    return [{ ...held, signature: 'unsigned' as const, keyId: null, problems: [] }];
  });
  const all: DrillHeld[] = [...recorded.flat(), ...proven.flat()];
  return {
    drills: all.sort((a, b) => compare(a.finishedAt, b.finishedAt) || compare(a.name, b.name)),
    exceptions: aboutRecords(source, records),
  };
}

/** A record that somebody changed shows nothing, whatever it says. */
export function isPassed({ verdict, signature }: Pick<DrillHeld, 'verdict' | 'signature'>): boolean {
  return verdict !== 'failed' && signature !== 'altered';
}

function describe(predicate: DrillPredicate) {
  const { backup, snapshotAt, verdict, finishedAt, recoveryTimeMs, durationMs, target, totals } = predicate;
  const { tables, rows, matched, differing, skipped } = totals;
  return {
    name: backup.name,
    ...{ snapshotAt, verdict, finishedAt, recoveryTimeMs, durationMs, target },
    ...{ tables, rows, matched, differing, skipped },
    findings: predicate.findings,
    moreFindings: predicate.moreFindings,
    origin: 'record' as const,
  };
}
