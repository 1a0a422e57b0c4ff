import { AgeFileError } from '../age/age-file-error.ts';
import { notArrived } from '../archive/arrival.ts';
import { isEncrypted } from '../archive/codec/encode.ts';
import { openEncrypted } from '../archive/codec/open-encrypted.ts';
import type { ObjectCheck } from '../archive/codec/stored-bytes.ts';
import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import type { Manifest, ObjectPurpose } from '../archive/manifest.ts';
import type { MissingObject } from '../archive/missing-objects.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import { parseFingerprint } from '../fingerprint/serialize-fingerprint.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { contentProblems } from './check-contents.ts';
import { encryptionOf } from './check-encryption.ts';
import { type Inconsistency, inconsistencies, SCHEMA } from './check-manifest.ts';
import { checkChunk, checkStoredBytes } from './check-object.ts';
import { checkProof } from './check-proof.ts';
import { schemaProblems } from './check-schema.ts';
import { checkText, type TextCheck } from './check-text.ts';
import { volumeWarnings } from './compare-volume.ts';
import { strayObjects } from './stray-objects.ts';
import { unreadableWords } from './unreadable-words.ts';
import { usualVolume } from './usual-volume.ts';
import { type CheckedObject, manifestItem, verificationItems } from './verification-items.ts';
import {
  type VerificationItem,
  type VerificationReport,
  verificationVerdictOf,
} from './verification-report.ts';

export type { VolumeComparison } from './compare-volume.ts';
export type { VerificationItem, VerificationReport } from './verification-report.ts';

export interface VerificationProgress {
  readonly objects: number;
  readonly objectsDone: number;
  readonly storedBytes: number;
  readonly storedBytesDone: number;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Called after each object. It must be quick and must not throw. */
  readonly onProgress?: (progress: VerificationProgress) => void;
  /** Objects that are read at the same time. @default 4 */
  readonly concurrency?: number;
  /** Tables, as `schema.name`, that the backup must have: it is damaged if one or its rows are missing. */
  readonly requireTables?: readonly string[];
}

const OBJECTS_AT_ONCE = 4;
/** After this many unreadable objects in a row the vault counts as unavailable. */
const UNREADABLE_IN_A_ROW = 10;

/**
 * Reads every object of a backup once and compares it with the manifest, and the manifest with itself. It
 * needs no database and writes nothing. A damaged object does not keep the others from being checked.
 *
 * It does not prove that a restore works: a drill does. Throws `backup-unfinished` if there is no manifest,
 * the store's error if the manifest cannot be fetched or the vault becomes unavailable, and the signal's
 * reason.
 */
export async function verifyBackup(
  store: ObjectStore,
  place: BackupPlace,
  options: VerifyOptions = {},
): Promise<VerificationReport> {
  const started = performance.now();
  const cancel = options.signal ? { signal: options.signal } : {};
  const read = await readManifestFile(store, place, cancel).catch((error: unknown) => {
    if (error instanceof LifeboatError && error.kind === 'verification') return error;
    throw error;
  });
  if (read instanceof LifeboatError) return unreadableManifest(place, read, started);
  const { manifest } = read;
  const encryption = await encryptionOf(manifest, store);

  const strays = await strayObjects(store, place, manifest, cancel);
  const arriving = await notArrived(store, place, manifest, cancel);
  const volume = await usualVolume(store, place, manifest, cancel);
  const { checked, sound } = await checkObjects(store, manifest, options);
  const contradictions = [...inconsistencies(manifest), ...contradictionsWithin(manifest, sound)];
  const scripts = { preData: sound.get('pre-data'), postData: sound.get('post-data') };
  const notes = [...arrivingNotes(arriving), ...strays, ...unreadableWords(scripts, manifest)];
  const required = options.requireTables ?? [];
  const proof = await checkProof(store, place, read.sha256, cancel);
  const items = [
    ...verificationItems(manifest, place, checked, contradictions, required).filter(
      // Nobody looked into the scripts.
      ({ kind, verdict }) => kind !== 'schema' || verdict !== 'match' || encryption?.opened !== false,
    ),
    ...(proof ? [proof.item] : []),
  ];
  return {
    place,
    verdict: verificationVerdictOf(items),
    items,
    warnings: volume ? volumeWarnings(volume) : [],
    notes,
    volume,
    encryption,
    totals: {
      ...countVerdicts(items),
      objects: checked.length,
      tables: manifest.tables.length,
      ...manifest.totals,
      readBytes: checked.reduce((total, { check }) => total + check.readBytes, 0),
    },
    durationMs: Math.round(performance.now() - started),
  };
}

/** What is missing from a replica may be no damage. */
function arrivingNotes(arriving: readonly MissingObject[]): string[] {
  if (arriving.length === 0) return [];
  const objects = arriving.length === 1 ? 'One object has' : `${arriving.length} objects have`;
  return [`${objects} not arrived: this vault is a replica, and the rest of the backup may be on its way`];
}

/** The result for every object, and the content of the undamaged text objects. */
interface CheckedObjects {
  readonly checked: CheckedObject[];
  readonly sound: ReadonlyMap<ObjectPurpose, Buffer>;
}

/** Checks every object of the manifest, the largest first, so that no large one is left for the end. */
async function checkObjects(
  store: ObjectStore,
  manifest: Manifest,
  { signal, onProgress, concurrency = OBJECTS_AT_ONCE }: VerifyOptions,
): Promise<CheckedObjects> {
  const sound = new Map<ObjectPurpose, Buffer>();
  const objects = storedObjects(manifest).sort((a, b) => b.sizeBytes - a.sizeBytes);
  const storedBytes = objects.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  let objectsDone = 0;
  let storedBytesDone = 0;
  let unreadable = 0;
  const checked = await inParallel(objects, concurrency, async (object) => {
    signal?.throwIfAborted();
    const check =
      'purpose' in object
        ? await checkTextObject(store, object, manifest, sound, signal)
        : await checkChunk(store, object, { signal, recipients: manifest.encryption?.recipients });
    unreadable = check.verdict === 'unreadable' ? unreadable + 1 : 0;
    if (unreadable >= UNREADABLE_IN_A_ROW) throw check.cause;
    objectsDone += 1;
    storedBytesDone += object.sizeBytes;
    onProgress?.({ objects: objects.length, objectsDone, storedBytes, storedBytesDone });
    return { key: object.key, check };
  });
  return { checked: checked.sort((a, b) => (a.key < b.key ? -1 : 1)), sound };
}

/** Checks an object that is not a chunk, which is small enough to be held in memory. */
async function checkTextObject(
  store: ObjectStore,
  object: Manifest['objects'][number],
  { server, encryption }: Manifest,
  sound: Map<ObjectPurpose, Buffer>,
  signal: AbortSignal | undefined,
): Promise<ObjectCheck> {
  const pieces: Uint8Array[] = [];
  const recipients = encryption?.recipients;
  const onPiece = (piece: Uint8Array) => pieces.push(piece);
  const check = await checkStoredBytes(store, object, { signal, recipients, onPiece });
  if (check.verdict !== 'match' || (isEncrypted(object.key) && !store.identities)) return check;
  const { content, problem } = await openText(store, object, Buffer.concat(pieces), server);
  if (problem !== undefined) return { ...check, verdict: 'damaged', problem };
  sound.set(object.purpose, content);
  return check;
}

async function openText(
  store: ObjectStore,
  object: Manifest['objects'][number],
  stored: Buffer,
  server: Manifest['server'],
): Promise<TextCheck> {
  async function* whole() {
    yield stored;
  }
  try {
    const opened = await Array.fromAsync(openEncrypted(store, object.key, whole()));
    return checkText(object, Buffer.concat(opened), server);
  } catch (error) {
    if (error instanceof AgeFileError) return { problem: error.message };
    throw error;
  }
}

function contradictionsWithin(
  manifest: Manifest,
  sound: ReadonlyMap<ObjectPurpose, Buffer>,
): Inconsistency[] {
  const [preData, postData] = [sound.get('pre-data'), sound.get('post-data')];
  const fingerprint = sound.get('fingerprint');
  // A damaged fingerprint is already reported.
  if (!fingerprint) return [];
  const source = parseFingerprint(fingerprint, 'the fingerprint');
  const problems = preData && postData ? schemaProblems({ preData, postData }, source) : [];
  return [...problems.map((problem) => ({ name: SCHEMA, problem })), ...contentProblems(manifest, source)];
}

/** The report for an unreadable manifest: without it there is nothing to compare the objects with. */
function unreadableManifest(place: BackupPlace, reason: LifeboatError, started: number): VerificationReport {
  const problem = reason.what.replace(`${manifestKey(place)} `, '');
  // One flipped bit can make a manifest look newer. If it really is newer, the remedy helps.
  const isTooNew = reason.code === 'manifest-too-new' && reason.remedy !== undefined;
  const items = [manifestItem(place, [isTooNew ? `${problem} ${reason.remedy}` : problem])];
  const nothing = { objects: 0, tables: 0, rows: 0, rawBytes: 0, storedBytes: 0, readBytes: 0 };
  return {
    place,
    verdict: verificationVerdictOf(items),
    items,
    warnings: [],
    notes: [],
    volume: undefined,
    encryption: undefined,
    totals: { ...countVerdicts(items), ...nothing },
    durationMs: Math.round(performance.now() - started),
  };
}

function countVerdicts(items: readonly VerificationItem[]) {
  const count = (wanted: VerificationItem['verdict']) =>
    items.filter(({ verdict }) => verdict === wanted).length;
  return { items: items.length, damaged: count('damaged'), unreadable: count('unreadable') };
}
