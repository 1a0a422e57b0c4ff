import * as v from 'valibot';
import { count, instant, text } from '../ground/shapes.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import {
  type GetOptions,
  ObjectExistsError,
  type ObjectStore,
  type ObjectSummary,
} from '../storage/object-store.ts';
import { type BackupPlace, parseScrubRecordKey, scrubFolder, scrubRecordKey } from './keys.ts';
import { nameOfBackup } from './listing.ts';
import { readNote } from './read-note.ts';
import { formatSealedJson } from './sealed-json.ts';

/** One part of a backup that is not as it was written, or that nobody could read. */
const scrubProblem = v.object({
  /** A key, a table's name, `schema` or `large objects`. */
  name: text,
  verdict: v.picklist(['damaged', 'unreadable']),
  /** Completes the sentence "this object …". */
  problem: v.string(),
});

const recordSchema = v.object({
  format: v.literal(1),
  /** The backup's name. */
  backup: text,
  /** The vault's address: S3 replicates records too, and they say nothing about the bytes of the replica. */
  vault: text,
  /** When the scrub began. */
  startedAt: instant,
  /** When the backup had been read. */
  endedAt: instant,
  verdict: v.picklist(['intact', 'damaged', 'unreadable']),
  /** False if the backup is encrypted and nobody looked inside; null if it is not encrypted. */
  opened: v.nullable(v.boolean()),
  objects: count,
  readBytes: count,
  problems: v.array(scrubProblem),
  /** How many more problems there were: a record stays small. */
  moreProblems: count,
  lifeboatVersion: text,
});

export type ScrubProblem = Readonly<v.InferOutput<typeof scrubProblem>>;
/** What one scrub found in one backup. */
export type ScrubRecord = Readonly<v.InferOutput<typeof recordSchema>>;
/** What the writer of a record knows. */
export type ScrubFindings = Omit<
  ScrubRecord,
  'format' | 'backup' | 'vault' | 'problems' | 'moreProblems' | 'lifeboatVersion'
> & { readonly problems: readonly ScrubProblem[] };

/** A record names at most this many problems. */
const NAMED_PROBLEMS = 100;

/**
 * Writes the record of a backup, unless this scrub has written it already: the last step of a scrub may be repeated.
 */
export async function writeScrubRecord(
  store: ObjectStore,
  place: BackupPlace,
  { problems, ...findings }: ScrubFindings,
  options: GetOptions,
): Promise<void> {
  const record: ScrubRecord = {
    format: 1,
    backup: nameOfBackup(place),
    vault: store.url,
    ...findings,
    problems: problems.slice(0, NAMED_PROBLEMS),
    moreProblems: Math.max(0, problems.length - NAMED_PROBLEMS),
    lifeboatVersion: LIFEBOAT_VERSION,
  };
  await putOnce(store, scrubRecordKey(place, new Date(record.startedAt)), record, options);
}

/** Writes a note of a scrub. That it is there already is no failure. */
export async function putOnce(
  store: ObjectStore,
  key: string,
  note: object,
  options: GetOptions,
): Promise<void> {
  try {
    await store.put(key, formatSealedJson(note), { contentType: 'application/json', ...options });
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
  }
}

/** The records about one backup. */
export async function scrubRecordsOf(
  store: ObjectStore,
  place: BackupPlace,
  options: GetOptions,
): Promise<ObjectSummary[]> {
  const { objects } = await store.list(scrubFolder(place), options);
  const isAbout = (one: BackupPlace | undefined) =>
    one !== undefined && nameOfBackup(one) === nameOfBackup(place);
  return objects.filter(({ key }) => isAbout(parseScrubRecordKey(key)));
}

/**
 * Keys of the records about backups of one source and class, by the backup's name, the oldest first. The vault's clock
 * orders them: a record from a machine whose clock is years ahead must not hide what later scrubs find.
 */
export async function scrubRecordKeys(
  store: ObjectStore,
  of: Omit<BackupPlace, 'backupId'>,
  options: GetOptions,
): Promise<Map<string, string[]>> {
  const { objects } = await store.list(scrubFolder(of), options);
  const keys = new Map<string, string[]>();
  for (const { key } of byStorageTime(objects)) {
    const place = parseScrubRecordKey(key);
    if (!place) continue;
    const name = nameOfBackup(place);
    keys.set(name, [...(keys.get(name) ?? []), key]);
  }
  return keys;
}

/** The oldest first. */
function byStorageTime(objects: readonly ObjectSummary[]): ObjectSummary[] {
  return objects.toSorted(
    (a, b) => a.lastModified.getTime() - b.lastModified.getTime() || (a.key < b.key ? -1 : 1),
  );
}

/**
 * The newest record among these keys that is about a backup of this vault. Records that cannot be read, and those of the
 * vault that a replica comes from, are passed over. Throws if the vault refuses.
 */
export async function lastScrubRecord(
  store: ObjectStore,
  place: BackupPlace,
  keys: readonly string[],
  options: GetOptions,
): Promise<ScrubRecord | undefined> {
  for (const key of keys.toReversed()) {
    const record = await readNote(store, key, recordSchema, options);
    if (record?.backup === nameOfBackup(place) && record.vault === store.url) return record;
  }
  return undefined;
}
