import * as v from 'valibot';
import { type DrillReport, reportSchema } from '../drill/report.ts';
import { messageOf } from '../errors.ts';
import {
  type GetOptions,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../storage/object-store.ts';
import { type BackupPlace, proofKey } from './keys.ts';
import { readSealedJson } from './sealed-json.ts';
import { nameOfBackup } from './vault.ts';
import type { VerificationItem } from './verification-report.ts';

/** A proof that was looked at. */
export interface CheckedProof {
  readonly item: VerificationItem;
  /** What the drill found; undefined for a proof that does not count. */
  readonly report: DrillReport | undefined;
}

/**
 * Whether the proof beside a manifest is whole and about this very manifest. Undefined when there is none: nothing was
 * proven yet. `manifestSha256` is the SHA-256 of the whole file.
 */
export async function checkProof(
  store: ObjectStore,
  place: BackupPlace,
  manifestSha256: string,
  options: GetOptions,
): Promise<CheckedProof | undefined> {
  const item = { kind: 'proof', name: proofKey(place) } as const;
  let bytes: Buffer;
  try {
    bytes = await readObject(store, proofKey(place), options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof ObjectMissingError) return undefined;
    return {
      item: { ...item, verdict: 'unreadable', problem: `could not be read: ${messageOf(error)}` },
      report: undefined,
    };
  }
  const report = reportOf(bytes, place, manifestSha256);
  return typeof report === 'string'
    ? { item: { ...item, verdict: 'damaged', problem: report }, report: undefined }
    : { item: { ...item, verdict: 'match' }, report };
}

/** The report, or what is wrong with it. */
function reportOf(bytes: Buffer, place: BackupPlace, manifestSha256: string): DrillReport | string {
  const read = readSealedJson(bytes);
  if (!read.intact) return read.problem;
  const report = v.safeParse(reportSchema, read.value);
  if (!report.success) return `has a wrong field, ${v.getDotPath(report.issues[0]) ?? 'the whole'}`;
  const { backup, verdict } = report.output;
  if (nameOfBackup(backup) !== nameOfBackup(place)) return `is about another backup, ${nameOfBackup(backup)}`;
  if (report.output.manifestSha256 !== manifestSha256)
    return 'is about another manifest than the one beside it';
  return verdict === 'failed' ? 'proves nothing: that drill failed' : report.output;
}
