import * as v from 'valibot';
import { type BackupPlace, holdRecordKey, holdsPrefix } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import { readNote } from '../archive/read-note.ts';
import { formatSealedJson } from '../archive/sealed-json.ts';
import { instant, text } from '../ground/shapes.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';

/**
 * `adding` and `removing` are written before the first object is touched, `removed` after the last. So whatever is
 * held has a reason, and a change that broke off can be seen.
 */
export const HOLD_ACTIONS = ['adding', 'removing', 'removed'] as const;
export type HoldAction = (typeof HOLD_ACTIONS)[number];

const recordSchema = v.object({
  format: v.literal(1),
  action: v.picklist(HOLD_ACTIONS),
  /** The backup's name. */
  backup: text,
  reason: text,
  by: text,
  at: instant,
  lifeboatVersion: text,
});

/** One line of the history of a backup's holds. */
export type HoldRecord = Readonly<v.InferOutput<typeof recordSchema>>;

export interface HoldNote {
  readonly reason: string;
  /** Who asks, as that person says. The cloud's own log knows the credentials. */
  readonly by: string;
}

export async function writeHoldRecord(
  store: ObjectStore,
  place: BackupPlace,
  action: HoldAction,
  { reason, by }: HoldNote,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<HoldRecord> {
  // The history stays in order, even if the clocks of two machines differ.
  const last = await lastHoldRecord(store, place, { signal });
  const at = new Date(Math.max(now.getTime(), last ? Date.parse(last.at) + 1 : 0));
  const record: HoldRecord = {
    format: 1,
    action,
    backup: nameOfBackup(place),
    reason,
    by,
    at: at.toISOString(),
    lifeboatVersion: LIFEBOAT_VERSION,
  };
  const contentType = 'application/json';
  await store.put(holdRecordKey(place, at), formatSealedJson(record), { contentType, signal });
  return record;
}

/** The newest record about a backup's holds. A file that is no record is passed over: the hold itself counts. */
export async function lastHoldRecord(
  store: ObjectStore,
  place: BackupPlace,
  options: GetOptions,
): Promise<HoldRecord | undefined> {
  const { objects } = await store.list(holdsPrefix(place), options);
  for (const { key } of objects.toReversed()) {
    const record = await readNote(store, key, recordSchema, options);
    if (record?.backup === nameOfBackup(place)) return record;
  }
  return undefined;
}

/** The whole history of a backup's holds, the oldest first. Files that are no record of it are passed over. */
export async function holdRecords(
  store: ObjectStore,
  place: BackupPlace,
  options: GetOptions,
): Promise<HoldRecord[]> {
  const { objects } = await store.list(holdsPrefix(place), options);
  const records: HoldRecord[] = [];
  for (const { key } of objects) {
    const record = await readNote(store, key, recordSchema, options);
    if (record?.backup === nameOfBackup(place)) records.push(record);
  }
  return records;
}
