import { LifeboatError } from '../../ground/errors.ts';
import { inParallel } from '../../ground/in-parallel.ts';
import { ObjectMissingError, type ObjectStore } from '../../storage/object-store.ts';
import {
  type EpochPlace,
  entryFolder,
  entryKey,
  folderOf,
  logPrefix,
  numberOfEntry,
  numberOfFolder,
} from './change-keys.ts';
import { type Epoch, entrySchema, type LogEntry } from './change-records.ts';
import { type Filed, readRecord, recordDamaged, undefinedIfDamaged, writeRecord } from './record-file.ts';

/** Entries that are fetched at the same time. */
const READS_AT_ONCE = 16;

/** The numbers of the first and the last entry that the vault holds; older ones may have expired. */
export interface LogExtent {
  readonly first: number;
  readonly last: number;
}

/** Undefined for a log without entries. Sends two or three requests, however long the log is. */
export async function extentOfLog(
  store: ObjectStore,
  place: EpochPlace,
  signal?: AbortSignal,
): Promise<LogExtent | undefined> {
  const options = signal ? { signal } : {};
  const { prefixes } = await store.list(logPrefix(place), options);
  const folders = prefixes.flatMap((prefix) => numberOfFolder(prefix) ?? []).sort((a, b) => a - b);
  const [oldest, newest] = [folders[0], folders.at(-1)];
  if (oldest === undefined || newest === undefined) return undefined;
  const numbersIn = async (folder: number) => {
    const { objects } = await store.list(entryFolder(place, folder), options);
    return objects.flatMap(({ key }) => numberOfEntry(key) ?? []);
  };
  const ofNewest = await numbersIn(newest);
  const ofOldest = oldest === newest ? ofNewest : await numbersIn(oldest);
  if (ofNewest.length === 0 || ofOldest.length === 0) return undefined;
  return { first: Math.min(...ofOldest), last: Math.max(...ofNewest) };
}

/** Throws `changes-damaged` if an entry between two is not there. Sends one request for each thousand. */
export async function requireEntries(
  store: ObjectStore,
  place: EpochPlace,
  { from, to }: Required<Pick<LogRange, 'from' | 'to'>>,
  signal?: AbortSignal,
): Promise<void> {
  const folders = Array.from(
    { length: folderOf(to) - folderOf(from) + 1 },
    (_, index) => folderOf(from) + index,
  );
  const found = new Set<number>();
  await inParallel(folders, READS_AT_ONCE, async (folder) => {
    const { objects } = await store.list(entryFolder(place, folder), signal ? { signal } : {});
    for (const { key } of objects) found.add(numberOfEntry(key) ?? 0);
  });
  for (let number = from; number <= to; number += 1)
    if (!found.has(number)) throw recordDamaged(entryKey(place, number), 'is missing');
}

export async function readEntry(
  store: ObjectStore,
  place: EpochPlace,
  number: number,
  signal?: AbortSignal,
): Promise<Filed<LogEntry>> {
  const filed = await findEntry(store, place, number, signal);
  if (filed) return filed;
  throw recordDamaged(entryKey(place, number), 'is missing');
}

/** Undefined if the vault does not have it. */
export async function findEntry(
  store: ObjectStore,
  place: EpochPlace,
  number: number,
  signal?: AbortSignal,
): Promise<Filed<LogEntry> | undefined> {
  const key = entryKey(place, number);
  const filed = await readRecord(store, key, entrySchema, signal).catch((error: unknown) => {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  });
  if (!filed) return undefined;
  const { record } = filed;
  if (record.source === place.source && record.epoch === place.epoch && record.number === number)
    return filed;
  throw recordDamaged(key, `is entry ${record.number} of epoch ${record.epoch} of ${record.source}`);
}

/** The newest entry of an epoch. Undefined if it has none. */
export async function headOfLog(
  store: ObjectStore,
  place: EpochPlace,
  signal?: AbortSignal,
): Promise<Filed<LogEntry> | undefined> {
  const extent = await extentOfLog(store, place, signal);
  return extent && (await readEntry(store, place, extent.last, signal));
}

/** Writes the next entry of a log. Throws ObjectExistsError if another capture wrote one of that number. */
export async function writeEntry(
  store: ObjectStore,
  entry: LogEntry,
  signal?: AbortSignal,
): Promise<Filed<LogEntry>> {
  return await writeRecord(store, entryKey(entry, entry.number), entrySchema, entry, signal);
}

export interface LogRange {
  /** The first entry that is wanted. @default 1 */
  readonly from?: number;
  /** The last one. @default the last that there is */
  readonly to?: number;
  /** If it is known already. */
  readonly extent?: LogExtent;
}

/**
 * Yields the entries of an epoch in their order, and checks that each continues the one before: its number, its
 * checksum, its LSN; and that the entry after the last, if there is one, continues that. Throws `changes-damaged` for a chain
 * that is broken, and `changes-expired` if the first entry is not in the vault any more.
 */
export async function* readLog(
  store: ObjectStore,
  epoch: Filed<Epoch>,
  { from = 1, to, extent: known }: LogRange = {},
  signal?: AbortSignal,
): AsyncGenerator<LogEntry> {
  const place = epoch.record;
  const extent = known ?? (await extentOfLog(store, place, signal));
  if (!extent) return;
  if (from < extent.first) throw expired(place, from, extent);
  const last = Math.min(to ?? extent.last, extent.last);
  let previous: Filed<{ readonly to: string }> | undefined =
    from === 1 ? { sha256: epoch.sha256, record: { to: epoch.record.from } } : undefined;
  for await (const entry of entriesOf(store, place, { from, to: last }, signal)) {
    if (previous && !continues(previous, entry))
      throw recordDamaged(entryKey(place, entry.record.number), 'does not continue the entry before it');
    if (entry.record.end && entry.record.number < extent.last)
      throw recordDamaged(entryKey(place, entry.record.number), 'ends its epoch, and others follow');
    if (entry.record.number === last && last < extent.last)
      await requireSuccessor(store, place, entry, signal);
    yield entry.record;
    previous = entry;
  }
}

/**
 * Nothing but the entry after it holds the checksum of a range's last entry. One that is damaged or gone says nothing of the
 * entry before it.
 */
async function requireSuccessor(
  store: ObjectStore,
  place: EpochPlace,
  entry: Filed<LogEntry>,
  signal?: AbortSignal,
): Promise<void> {
  const { number } = entry.record;
  const next = await readEntry(store, place, number + 1, signal).catch(undefinedIfDamaged);
  if (next && !continues(entry, next))
    throw recordDamaged(entryKey(place, number), 'is not the entry that the one after it continues');
}

function continues(previous: Filed<{ readonly to: string }>, { record }: Filed<LogEntry>): boolean {
  return record.previousSha256 === previous.sha256 && record.from === previous.record.to;
}

async function* entriesOf(
  store: ObjectStore,
  place: EpochPlace,
  { from, to }: Required<Omit<LogRange, 'extent'>>,
  signal?: AbortSignal,
): AsyncGenerator<Filed<LogEntry>> {
  for (let first = from; first <= to; first += READS_AT_ONCE) {
    const numbers = Array.from(
      { length: Math.min(READS_AT_ONCE, to - first + 1) },
      (_, index) => first + index,
    );
    const read = await Promise.allSettled(numbers.map((number) => readEntry(store, place, number, signal)));
    // One that cannot be read is an error when its turn comes: what is before it may be all that is wanted.
    for (const one of read) {
      if (one.status === 'rejected') throw one.reason;
      yield one.value;
    }
  }
}

function expired({ source, epoch }: EpochPlace, from: number, { first }: LogExtent): LifeboatError {
  return new LifeboatError({
    code: 'changes-expired',
    kind: 'vault',
    what: `Entry ${from} of epoch ${epoch} of ${source} is not in the vault; the oldest that is there is ${first}.`,
    meaning: 'The changes that this moment needs have expired.',
    remedy: 'Restore a later moment, or a backup.',
  });
}
