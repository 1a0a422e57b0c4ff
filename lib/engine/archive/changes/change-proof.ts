import * as v from 'valibot';
import { LifeboatError } from '../../ground/errors.ts';
import { inParallel } from '../../ground/in-parallel.ts';
import { count, instant, text } from '../../ground/shapes.ts';
import { ObjectMissingError, type ObjectStore } from '../../storage/object-store.ts';
import { CHANGES_FOLDER, type EpochPlace } from './change-keys.ts';
import { readRecord, writeRecord } from './record-file.ts';

const READS_AT_ONCE = 8;

/** What a replay from one backup to the snapshot of the next one found: it proves the changes between them, row for row. */
export const changeProofSchema = v.strictObject({
  format: v.literal(1),
  source: text,
  epoch: count,
  /** `class/source/id` of the backup on whose rows changes were replayed, and of the one they were compared with. */
  base: text,
  backup: text,
  /** SHA-256 of that backup's manifest. */
  manifestSha256: text,
  fromLsn: text,
  toLsn: text,
  provenAt: instant,
  lifeboatVersion: v.string(),
  verdict: v.picklist(['proven', 'failed']),
  transactions: count,
  changes: count,
  durationMs: count,
  tables: v.array(
    v.strictObject({
      name: v.string(),
      rows: count,
      verdict: v.picklist(['match', 'differs']),
      reason: v.optional(v.string()),
    }),
  ),
});

export type ChangeProof = v.InferOutput<typeof changeProofSchema>;

/** Beside the epochs, for they live as long. The backup is sealed, and nothing is added to it. */
export function changeProofKey({ source, epoch }: EpochPlace, backupId: string): string {
  return `${changeProofsPrefix(source)}${String(epoch).padStart(6, '0')}-${backupId}.json`;
}

export function changeProofsPrefix(source: string): string {
  return `${CHANGES_FOLDER}${source}/proofs/`;
}

/** Throws ObjectExistsError if there is one already. */
export async function writeChangeProof(
  store: ObjectStore,
  proof: ChangeProof,
  backupId: string,
): Promise<void> {
  await writeRecord(store, changeProofKey(proof, backupId), changeProofSchema, proof);
}

/** The proofs of one epoch. One that cannot be read proves nothing, and is left out. */
export async function proofsOfEpoch(
  store: ObjectStore,
  { source, epoch }: EpochPlace,
  signal?: AbortSignal,
): Promise<ChangeProof[]> {
  const options = signal ? { signal } : {};
  const { objects } = await store.list(changeProofsPrefix(source), options);
  const prefix = changeProofKey({ source, epoch }, '').slice(0, -'.json'.length);
  const keys = objects.map(({ key }) => key).filter((key) => key.startsWith(prefix));
  const read = (key: string) =>
    readRecord(store, key, changeProofSchema, signal).catch((error: unknown) => {
      if (error instanceof LifeboatError && error.kind === 'verification') return undefined;
      throw error;
    });
  const found = await inParallel(keys, READS_AT_ONCE, read);
  return found.flatMap((one) =>
    one?.record.source === source && one.record.epoch === epoch ? [one.record] : [],
  );
}

export async function readChangeProof(
  store: ObjectStore,
  place: EpochPlace,
  backupId: string,
  signal?: AbortSignal,
): Promise<ChangeProof | undefined> {
  try {
    return (await readRecord(store, changeProofKey(place, backupId), changeProofSchema, signal)).record;
  } catch (error) {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  }
}
