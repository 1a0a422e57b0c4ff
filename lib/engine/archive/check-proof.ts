import { messageOf } from '../errors.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import { type BackupPlace, proofKey } from './keys.ts';
import { readProof } from './read-proof.ts';
import type { VerificationItem } from './verification-report.ts';

/** What was found of the proof beside a manifest: see {@link readProof}. Undefined when there is none. */
export async function checkProof(
  store: ObjectStore,
  place: BackupPlace,
  manifestSha256: string,
  options: GetOptions,
): Promise<VerificationItem | undefined> {
  const item = { kind: 'proof', name: proofKey(place) } as const;
  try {
    const proof = await readProof(store, place, manifestSha256, options);
    if (proof === undefined) return undefined;
    return proof.report
      ? { ...item, verdict: 'match' }
      : { ...item, verdict: 'damaged', problem: proof.problem };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { ...item, verdict: 'unreadable', problem: `could not be read: ${messageOf(error)}` };
  }
}
