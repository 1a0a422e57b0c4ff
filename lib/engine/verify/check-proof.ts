import type { DrillReport } from '../archive/drill-report.ts';
import { type BackupPlace, proofKey } from '../archive/keys.ts';
import { readProof } from '../archive/read-proof.ts';
import { messageOf } from '../ground/errors.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import type { VerificationItem } from './verification-report.ts';

/** A proof that was checked. */
export interface CheckedProof {
  readonly item: VerificationItem;
  /** What the drill found; undefined for a proof that does not count. */
  readonly report: DrillReport | undefined;
}

/** Checks the proof of a manifest: see {@link readProof}. Undefined if there is none. */
export async function checkProof(
  store: ObjectStore,
  place: BackupPlace,
  manifestSha256: string,
  options: GetOptions,
): Promise<CheckedProof | undefined> {
  const item = { kind: 'proof', name: proofKey(place) } as const;
  try {
    const proof = await readProof(store, place, manifestSha256, options);
    if (proof === undefined) return undefined;
    return proof.report
      ? { item: { ...item, verdict: 'match' }, report: proof.report }
      : { item: { ...item, verdict: 'damaged', problem: proof.problem }, report: undefined };
  } catch (error) {
    options.signal?.throwIfAborted();
    const problem = `could not be read: ${messageOf(error)}`;
    return { item: { ...item, verdict: 'unreadable', problem }, report: undefined };
  }
}
