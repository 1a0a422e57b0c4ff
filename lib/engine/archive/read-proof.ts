import * as v from 'valibot';
import {
  type GetOptions,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../storage/object-store.ts';
import { type DrillReport, reportSchema } from './drill-report.ts';
import { type BackupPlace, proofKey } from './keys.ts';
import { nameOfBackup } from './listing.ts';
import { readSealedJson } from './sealed-json.ts';

/**
 * A proof that counts, or why the file is not a valid proof; `problem` completes the sentence "this file …".
 */
export type Proof =
  | { readonly report: DrillReport; readonly bytes: Buffer }
  | { readonly report?: undefined; readonly problem: string };

/**
 * Reads the proof beside a manifest. It counts if it is complete, names this manifest (`manifestSha256`, of
 * the whole file), and reports a drill that passed. Undefined if there is no proof yet. Throws the store's
 * error if it cannot be read.
 */
export async function readProof(
  store: ObjectStore,
  place: BackupPlace,
  manifestSha256: string,
  options: GetOptions,
): Promise<Proof | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readObject(store, proofKey(place), options);
  } catch (error) {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  }
  const read = readSealedJson(bytes);
  if (!read.intact) return read;
  const parsed = v.safeParse(reportSchema, read.value);
  if (!parsed.success) {
    return { problem: `has a wrong field, ${v.getDotPath(parsed.issues[0]) ?? 'the whole'}` };
  }
  const problem = problemOf(parsed.output, place, manifestSha256);
  return problem === undefined ? { report: parsed.output, bytes } : { problem };
}

function problemOf(report: DrillReport, place: BackupPlace, manifestSha256: string): string | undefined {
  const named = nameOfBackup(report.backup);
  if (named !== nameOfBackup(place)) return `is about another backup, ${named}`;
  if (report.manifestSha256 !== manifestSha256) return 'is about another manifest than the one beside it';
  return report.verdict === 'failed' ? 'proves nothing: that drill failed' : undefined;
}
