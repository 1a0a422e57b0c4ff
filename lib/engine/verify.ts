import { inconsistencies, LARGE_OBJECTS, storedObjects, tableName } from './archive/check-manifest.ts';
import {
  checkChunk,
  checkStoredBytes,
  type ObjectCheck,
  type ObjectVerdict,
} from './archive/check-object.ts';
import { textProblem } from './archive/check-text.ts';
import { inParallel } from './archive/in-parallel.ts';
import { attemptPrefix, type BackupPlace, backupPrefix, manifestKey } from './archive/keys.ts';
import type { Chunk, Manifest } from './archive/manifest.ts';
import { readManifest } from './archive/read-manifest.ts';
import { LifeboatError } from './errors.ts';
import type { ObjectStore } from './storage/object-store.ts';

/** One thing that was looked at. */
export interface VerificationItem {
  readonly kind: 'manifest' | 'object' | 'table' | 'large-objects';
  /** An object's whole key, a table's `schema.name`, or `large objects`. */
  readonly name: string;
  /** `unreadable`: the vault did not hand it out, so nothing is known of it. */
  readonly verdict: ObjectVerdict;
  /** What is wrong, completing the sentence "this … ". Several are joined by `; `. */
  readonly problem?: string;
}

export interface VerificationReport {
  readonly place: BackupPlace;
  /** `intact`: every item matches. `damaged`: at least one is not what was written. `unreadable`: one could not be read. */
  readonly verdict: 'intact' | 'damaged' | 'unreadable';
  readonly items: readonly VerificationItem[];
  /** What is odd and harms no restore: objects in the folder that the manifest does not name. */
  readonly notes: readonly string[];
  readonly totals: {
    readonly items: number;
    readonly damaged: number;
    readonly unreadable: number;
    readonly objects: number;
    readonly tables: number;
    readonly rows: number;
    readonly rawBytes: number;
    readonly storedBytes: number;
    /** Bytes fetched from the vault. */
    readonly readBytes: number;
  };
  readonly durationMs: number;
}

export interface VerificationProgress {
  readonly objects: number;
  readonly objectsDone: number;
  readonly storedBytes: number;
  readonly storedBytesDone: number;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerificationProgress) => void;
  /** Objects read at once; 4 unless given. */
  readonly concurrency?: number;
  /** Tables, as `schema.name`, without which the backup is of no use: absent or without rows' data is damage. */
  readonly requireTables?: readonly string[];
}

interface CheckedObject {
  readonly stored: Chunk | Manifest['objects'][number];
  readonly check: ObjectCheck;
}

const OBJECTS_AT_ONCE = 4;

/**
 * Reads every object of a backup and compares it with the manifest, and the manifest with itself: no database is needed
 * and nothing is written. A damaged object does not keep the others from being checked.
 *
 * Does not prove that a restore works: that is a drill. Throws `backup-unfinished` when there is no manifest, the
 * store's error when not even the manifest can be fetched, and the signal's reason.
 */
export async function verifyBackup(
  store: ObjectStore,
  place: BackupPlace,
  options: VerifyOptions = {},
): Promise<VerificationReport> {
  const started = performance.now();
  const manifest = await readManifest(store, place, options).catch((error: unknown) => {
    if (error instanceof LifeboatError && error.kind === 'verification') return error;
    throw error;
  });
  if (manifest instanceof LifeboatError) {
    const item = manifestItem(place, [manifest.what]);
    return report(place, undefined, [item], [], 0, started);
  }
  const contradictions = inconsistencies(manifest, place);
  const notes = await strayObjects(store, place, manifest, options);
  const checked = await checkObjects(store, manifest, options);
  const problemsOf = (name: string) =>
    contradictions.flatMap((one) => (one.name === name ? one.problem : []));
  const items = [
    manifestItem(place, problemsOf('manifest.json')),
    ...checked.map(({ stored, check }) => objectItem(stored.key, check, problemsOf(stored.key))),
    ...tableItems(manifest, checked, problemsOf, options.requireTables ?? []),
  ];
  const readBytes = checked.reduce((total, { check }) => total + check.readBytes, 0);
  return report(place, manifest, items, notes, readBytes, started);
}

/** Every object that the manifest names, the largest first so that none is left over at the end. */
async function checkObjects(
  store: ObjectStore,
  manifest: Manifest,
  { signal, onProgress, concurrency = OBJECTS_AT_ONCE }: VerifyOptions,
): Promise<CheckedObject[]> {
  const objects = storedObjects(manifest).sort((a, b) => b.sizeBytes - a.sizeBytes);
  const progress = {
    objects: objects.length,
    objectsDone: 0,
    storedBytes: objects.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
    storedBytesDone: 0,
  };
  const checked = await inParallel(objects, concurrency, async (stored) => {
    signal?.throwIfAborted();
    const check =
      'purpose' in stored
        ? await checkTextObject(store, stored, manifest, signal)
        : await checkChunk(store, stored, { signal });
    progress.objectsDone += 1;
    progress.storedBytesDone += stored.sizeBytes;
    onProgress?.({ ...progress });
    return { stored, check };
  });
  return checked.sort((a, b) => (a.stored.key < b.stored.key ? -1 : 1));
}

async function checkTextObject(
  store: ObjectStore,
  stored: Manifest['objects'][number],
  { server }: Manifest,
  signal: AbortSignal | undefined,
): Promise<ObjectCheck> {
  const pieces: Uint8Array[] = [];
  const check = await checkStoredBytes(store, stored, { signal, onPiece: (piece) => pieces.push(piece) });
  if (check.verdict !== 'match') return check;
  const problem = textProblem(stored.purpose, Buffer.concat(pieces), server);
  return problem ? { ...check, verdict: 'damaged', problem } : check;
}

function tableItems(
  { tables, largeObjects }: Manifest,
  checked: readonly CheckedObject[],
  problemsOf: (name: string) => string[],
  required: readonly string[],
): VerificationItem[] {
  const checks = new Map(checked.map(({ stored, check }) => [stored.key, check]));
  const whole = (
    kind: VerificationItem['kind'],
    name: string,
    chunks: readonly Chunk[],
    problems: string[],
  ): VerificationItem => {
    const bad = chunks.filter(({ key }) => checks.get(key)?.verdict !== 'match');
    const unreadable = bad.length > 0 && bad.every(({ key }) => checks.get(key)?.verdict === 'unreadable');
    const all =
      bad.length > 0 ? [...problems, `has ${bad.length} of ${chunks.length} chunks not in order`] : problems;
    if (all.length === 0) return { kind, name, verdict: 'match' };
    const verdict = unreadable && problems.length === 0 ? 'unreadable' : 'damaged';
    return { kind, name, verdict, problem: all.join('; ') };
  };
  const absent = required.filter((name) => !tables.some((table) => tableName(table) === name));
  return [
    ...tables.map((table) => {
      const name = tableName(table);
      const leftOut =
        required.includes(name) && table.dataLeftOut !== undefined
          ? [`is required, and its rows were left out: ${table.dataLeftOut}`]
          : [];
      return whole('table', name, table.chunks, [...problemsOf(name), ...leftOut]);
    }),
    ...absent.map((name): VerificationItem => {
      return { kind: 'table', name, verdict: 'damaged', problem: 'is required, and not in this backup' };
    }),
    whole('large-objects', LARGE_OBJECTS, largeObjects.chunks, problemsOf(LARGE_OBJECTS)),
  ];
}

/** Objects below the backup's folder that its manifest does not name: left by another attempt, or put there by hand. */
async function strayObjects(
  store: ObjectStore,
  place: BackupPlace,
  manifest: Manifest,
  options: VerifyOptions,
): Promise<string[]> {
  const named = new Set(storedObjects(manifest).map(({ key }) => key));
  const own = attemptPrefix(place, manifest.attempt);
  const notes: string[] = [];
  const below = await store.list(backupPrefix(place), options);
  for (const prefix of below.prefixes) {
    if (prefix !== own) notes.push(`${prefix} is another attempt's folder: it never sealed`);
  }
  const folders = [own];
  for (const folder of folders) {
    const { objects, prefixes } = await store.list(folder, options);
    folders.push(...prefixes);
    for (const { key } of objects) if (!named.has(key)) notes.push(`${key} is not in the manifest`);
  }
  return notes;
}

function manifestItem(place: BackupPlace, problems: readonly string[]): VerificationItem {
  const item = { kind: 'manifest', name: manifestKey(place) } as const;
  return problems.length === 0
    ? { ...item, verdict: 'match' }
    : { ...item, verdict: 'damaged', problem: problems.join('; ') };
}

function objectItem(key: string, check: ObjectCheck, contradictions: readonly string[]): VerificationItem {
  const problems = [check.problem, ...contradictions].filter((problem) => problem !== undefined);
  const verdict = contradictions.length > 0 ? 'damaged' : check.verdict;
  return {
    kind: 'object',
    name: key,
    verdict,
    ...(problems.length > 0 ? { problem: problems.join('; ') } : {}),
  };
}

function report(
  place: BackupPlace,
  manifest: Manifest | undefined,
  items: readonly VerificationItem[],
  notes: readonly string[],
  readBytes: number,
  started: number,
): VerificationReport {
  const damaged = items.filter(({ verdict }) => verdict === 'damaged').length;
  const unreadable = items.filter(({ verdict }) => verdict === 'unreadable').length;
  return {
    place,
    verdict: damaged > 0 ? 'damaged' : unreadable > 0 ? 'unreadable' : 'intact',
    items,
    notes,
    totals: {
      items: items.length,
      damaged,
      unreadable,
      objects: manifest ? storedObjects(manifest).length : 0,
      tables: manifest?.tables.length ?? 0,
      rows: manifest?.totals.rows ?? 0,
      rawBytes: manifest?.totals.rawBytes ?? 0,
      storedBytes: manifest?.totals.storedBytes ?? 0,
      readBytes,
    },
    durationMs: Math.round(performance.now() - started),
  };
}
