import { createHash } from 'node:crypto';
import type { Verdict } from '../archive/drill-report.ts';
import { type BackupPlace, manifestKey, proofKey } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import { type CheckedSignature, checkRecord, type FilesNow } from '../attest/check-record.ts';
import type { PublicKey } from '../attest/public-keys.ts';
import { listRecords, type ReadRecord, readRecords } from '../attest/read-records.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { type GetOptions, ObjectMissingError, type ObjectStore } from '../storage/object-store.ts';

/** One record of a drill, compared with the keys and with what is in the vault. */
export interface VerifiedRecord extends CheckedSignature {
  readonly key: string;
  readonly at: Date;
  /** How that drill came out; undefined if the record cannot be read. */
  readonly drill: Verdict | undefined;
}

/**
 * `signed`: a trusted key vouches for this manifest, and for this proof if there is one, and no record says otherwise.
 * `drill-failed`: what a trusted key signed is that drills of it failed. `unsigned`: nobody vouches for it. `altered`: a record, the manifest or the proof is not what was signed.
 */
export interface VerifiedBackup {
  readonly place: BackupPlace;
  readonly verdict: 'signed' | 'drill-failed' | 'unsigned' | 'other-key' | 'altered';
  readonly hasProof: boolean;
  /** The trusted keys that vouch for it. */
  readonly keyIds: readonly string[];
  readonly records: readonly VerifiedRecord[];
}

const BACKUPS_AT_ONCE = 4;

/** Verifies the records of the drills of these backups against keys, manifests and proofs. Writes nothing. */
export async function verifyEvidence(
  store: ObjectStore,
  places: readonly BackupPlace[],
  keys: readonly PublicKey[],
  options: GetOptions,
): Promise<VerifiedBackup[]> {
  const sources = [...new Set(places.map(({ source }) => source))];
  const listed = await inParallel(sources, BACKUPS_AT_ONCE, (source) =>
    listRecords(store, 'drills', source, options),
  );
  const ofBackup = Map.groupBy(listed.flat(), ({ place }) => nameOfBackup(place));
  return await inParallel(places, BACKUPS_AT_ONCE, async (place) => {
    const records = await readRecords(store, 'drills', ofBackup.get(nameOfBackup(place)) ?? [], options);
    return judge(place, records, await filesOf(store, place, options), keys);
  });
}

function judge(
  place: BackupPlace,
  records: readonly ReadRecord<'drills'>[],
  files: FilesNow,
  keys: readonly PublicKey[],
): VerifiedBackup {
  const checked = records.map((record) => ({
    record,
    verified: {
      ...checkRecord(record, keys, files),
      key: record.file.key,
      at: record.file.at,
      drill: record.statement?.predicate.verdict,
    },
  }));
  const has = (...verdicts: readonly string[]) =>
    checked.some(({ verified }) => verdicts.includes(verified.verdict));
  const hasProof = typeof files.get(proofKey(place)) === 'string';
  // What vouches for the manifest alone, such as a later drill, says nothing about the proof.
  const signed = checked.filter(
    ({ record, verified }) =>
      verified.verdict === 'signed' &&
      (!hasProof || record.statement?.subjects.some(({ key }) => key === proofKey(place))),
  );
  const passed = signed.filter(({ verified }) => verified.drill !== 'failed');
  const vouching = passed.length > 0 ? passed : signed;
  const verdict = has('altered', 'unreadable')
    ? 'altered'
    : passed.length > 0
      ? 'signed'
      : signed.length > 0
        ? 'drill-failed'
        : has('other-key')
          ? 'other-key'
          : 'unsigned';
  return {
    place,
    verdict,
    hasProof,
    keyIds: [...new Set(vouching.flatMap(({ verified }) => verified.keyId ?? []))],
    records: checked.map(({ verified }) => verified),
  };
}

/** SHA-256 of the manifest and the proof as they are, whatever they say about themselves. */
export async function filesOf(
  store: ObjectStore,
  place: BackupPlace,
  options: GetOptions,
): Promise<Map<string, string | null>> {
  const keys = [manifestKey(place), proofKey(place)];
  const sums = await Promise.all(
    keys.map(async (key) => [key, await sha256Of(store, key, options)] as const),
  );
  return new Map(sums);
}

async function sha256Of(store: ObjectStore, key: string, options: GetOptions): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const piece of store.get(key, options)) hash.update(piece);
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof ObjectMissingError) return null;
    throw error;
  }
}
