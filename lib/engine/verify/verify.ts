import { notArrived } from '../archive/arrival.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { Manifest } from '../archive/manifest.ts';
import type { MissingObject } from '../archive/missing-objects.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkEach, type ObjectsOptions } from './check-each.ts';
import { encryptionOf } from './check-encryption.ts';
import { checkRows } from './check-object.ts';
import { checkProof } from './check-proof.ts';
import { checkTextObject, type SoundTexts } from './check-text-object.ts';
import { volumeWarnings } from './compare-volume.ts';
import { contradictionsOf } from './contradictions.ts';
import { manifestProblem } from './manifest-problem.ts';
import { strayObjects } from './stray-objects.ts';
import { unreadableWords } from './unreadable-words.ts';
import { usualVolume } from './usual-volume.ts';
import { type CheckedObject, manifestItem, verificationItems } from './verification-items.ts';
import {
  type VerificationItem,
  type VerificationReport,
  verificationVerdictOf,
} from './verification-report.ts';

export type { VerificationProgress } from './check-each.ts';
export type { VolumeComparison } from './compare-volume.ts';
export type { VerificationItem, VerificationReport } from './verification-report.ts';

export interface VerifyOptions extends ObjectsOptions {
  /** Tables, as `schema.name`, that the backup must have: it is damaged if one or its rows are missing. */
  readonly requireTables?: readonly string[];
}

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
  const contradictions = contradictionsOf(manifest, sound);
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
    scope: manifest.scope,
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

/** Checks every object of the manifest. */
async function checkObjects(
  store: ObjectStore,
  manifest: Manifest,
  options: ObjectsOptions,
): Promise<{ readonly checked: CheckedObject[]; readonly sound: SoundTexts }> {
  const sound: SoundTexts = new Map();
  const { signal } = options;
  const checked = await checkEach(storedObjects(manifest), options, (object) =>
    'purpose' in object
      ? checkTextObject(store, object, manifest, sound, signal)
      : checkRows(store, object, { signal, recipients: manifest.encryption?.recipients }),
  );
  return { checked, sound };
}

/** The report for an unreadable manifest: without it there is nothing to compare the objects with. */
function unreadableManifest(place: BackupPlace, reason: LifeboatError, started: number): VerificationReport {
  const items = [manifestItem(place, [manifestProblem(place, reason)])];
  const nothing = { objects: 0, tables: 0, rows: 0, rawBytes: 0, storedBytes: 0, readBytes: 0 };
  return {
    place,
    verdict: verificationVerdictOf(items),
    scope: null,
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
