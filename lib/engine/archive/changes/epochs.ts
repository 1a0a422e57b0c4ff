import { inParallel } from '../../ground/in-parallel.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { CHANGES_FOLDER, type EpochPlace, epochKey, epochOfKey, epochsPrefix } from './change-keys.ts';
import { type Epoch, epochSchema } from './change-records.ts';
import { type Filed, readRecord, recordDamaged, writeRecord } from './record-file.ts';

const READS_AT_ONCE = 8;

/** Names of the sources that have captured changes in the vault. */
export async function sourcesWithChanges(store: ObjectStore, signal?: AbortSignal): Promise<string[]> {
  const { prefixes } = await store.list(CHANGES_FOLDER, signal ? { signal } : {});
  return prefixes.map((prefix) => prefix.slice(CHANGES_FOLDER.length, -1));
}

/** The epochs of a source, oldest first. Sends one request. */
export async function epochPlaces(
  store: ObjectStore,
  source: string,
  signal?: AbortSignal,
): Promise<EpochPlace[]> {
  const { objects } = await store.list(epochsPrefix(source), signal ? { signal } : {});
  return objects.flatMap(({ key }) => epochOfKey(key) ?? []).sort((a, b) => a.epoch - b.epoch);
}

/** All epochs of a source, oldest first. */
export async function readEpochs(
  store: ObjectStore,
  source: string,
  signal?: AbortSignal,
): Promise<Array<Filed<Epoch>>> {
  const places = await epochPlaces(store, source, signal);
  return await inParallel(places, READS_AT_ONCE, (place) => readEpoch(store, place, signal));
}

/** The newest epoch of a source. Undefined if it has none. */
export async function newestEpoch(
  store: ObjectStore,
  source: string,
  signal?: AbortSignal,
): Promise<Filed<Epoch> | undefined> {
  const newest = (await epochPlaces(store, source, signal)).at(-1);
  return newest && (await readEpoch(store, newest, signal));
}

export async function readEpoch(
  store: ObjectStore,
  place: EpochPlace,
  signal?: AbortSignal,
): Promise<Filed<Epoch>> {
  const key = epochKey(place);
  const filed = await readRecord(store, key, epochSchema, signal);
  if (filed.record.source === place.source && filed.record.epoch === place.epoch) return filed;
  throw recordDamaged(key, `is epoch ${filed.record.epoch} of ${filed.record.source}`);
}

/** Begins an epoch. Throws ObjectExistsError if another capture has begun the one of that number. */
export async function writeEpoch(
  store: ObjectStore,
  epoch: Epoch,
  signal?: AbortSignal,
): Promise<Filed<Epoch>> {
  return await writeRecord(store, epochKey(epoch), epochSchema, epoch, signal);
}
