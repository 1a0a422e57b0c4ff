import { hash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { erasureKey, erasuresFolder } from '../archive/keys.ts';
import { readNote } from '../archive/read-note.ts';
import { formatSealedJson } from '../archive/sealed-json.ts';
import { encodeField } from '../copy-text/copy-fields.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { instant, text } from '../ground/shapes.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const entrySchema = v.object({
  format: v.literal(1),
  source: text,
  table: v.object({ schema: text, name: text }),
  /** The columns that tell the table's rows apart. */
  key: v.pipe(v.array(text), v.minLength(1)),
  salt: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** SHA-256 of the salt and of a row's key as COPY text: the list holds no key. */
  digests: v.pipe(v.array(digest), v.minLength(1)),
  reason: text,
  by: text,
  at: instant,
  lifeboatVersion: text,
});

/** Rows of one table that were erased, by their keys. */
export type ErasureEntry = Readonly<v.InferOutput<typeof entrySchema>>;

export interface ErasureToWrite extends Pick<ErasureEntry, 'source' | 'table' | 'reason' | 'by'> {
  readonly key: readonly string[];
  /** A row's values of the key each. */
  readonly keys: ReadonlyArray<readonly string[]>;
  /** Of the entries before, so that a restore digests each row once. */
  readonly salt?: string | undefined;
  readonly now: Date;
}

export function digestOfKey(salt: Buffer, keyText: Uint8Array): string {
  return hash('sha256', Buffer.concat([salt, keyText]), 'hex');
}

/** A key as COPY prints it: fields with tabs between them. */
export function keyText(values: readonly string[]): Buffer {
  return Buffer.from(values.map(encodeField).join('\t'));
}

export function entryOf({ key, salt, keys, now, ...about }: ErasureToWrite): ErasureEntry {
  const used = salt ?? randomBytes(32).toString('hex');
  const bytes = Buffer.from(used, 'hex');
  return {
    format: 1,
    ...about,
    key: [...key],
    salt: used,
    digests: [...new Set(keys.map((values) => digestOfKey(bytes, keyText(values))))].sort(),
    at: now.toISOString(),
    lifeboatVersion: LIFEBOAT_VERSION,
  };
}

/** Writes one more entry of the list. Nothing of the list is ever changed. Returns its key. */
export async function writeErasure(
  store: ObjectStore,
  entry: ErasureEntry,
  { signal }: { readonly signal: AbortSignal },
): Promise<string> {
  const key = erasureKey(entry.source, new Date(entry.at));
  await store.put(key, formatSealedJson(entry), { contentType: 'application/json', signal });
  return key;
}

export interface ListedErasure {
  readonly key: string;
  readonly entry: ErasureEntry;
}

const REQUESTS_AT_ONCE = 8;

/** The list of a source, the oldest first. Throws `erasure-damaged`: an entry that is passed over brings somebody back. */
export async function listErasures(
  store: ObjectStore,
  source: string,
  options: GetOptions,
): Promise<ListedErasure[]> {
  const { objects } = await store.list(erasuresFolder(source), options);
  return await inParallel(objects, REQUESTS_AT_ONCE, async ({ key }) => {
    const entry = await readNote(store, key, entrySchema, options);
    if (entry?.source !== source) throw damaged(key, store.url);
    return { key, entry };
  });
}

/** The sources that have a list. */
export async function sourcesWithErasures(store: ObjectStore, options: GetOptions): Promise<string[]> {
  const folder = erasuresFolder('').slice(0, -1);
  return (await store.list(folder, options)).prefixes.map((prefix) => prefix.slice(folder.length, -1));
}

function damaged(key: string, vault: string): LifeboatError {
  return new LifeboatError({
    code: 'erasure-damaged',
    kind: 'verification',
    what: `${key} in ${vault} is no whole entry of the list of erasures.`,
    meaning: 'Nothing was changed. A restore that passes it over could bring erased rows back.',
    remedy:
      'If the bucket keeps versions, bring back the earlier one. To restore now, add --keep-erased, and delete the erased rows again afterwards.',
  });
}
