import { entryKey, epochKey } from '../../archive/changes/change-keys.ts';
import { extentOfLog } from '../../archive/changes/change-log.ts';
import { changeProofSchema, changeProofsPrefix } from '../../archive/changes/change-proof.ts';
import { type Epoch, entrySchema, epochSchema } from '../../archive/changes/change-records.ts';
import { epochPlaces, sourcesWithChanges } from '../../archive/changes/epochs.ts';
import { type Filed, parseRecord, recordDamaged } from '../../archive/changes/record-file.ts';
import { LifeboatError } from '../../ground/errors.ts';
import {
  ObjectExistsError,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../../storage/object-store.ts';
import { copyObject, DamagedObject } from '../copy-objects.ts';

export interface ChangesToCopy {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  readonly source: string;
  readonly signal: AbortSignal;
}

/** What became of the captured changes of one source. */
export type ChangesCopy =
  | {
      readonly source: string;
      readonly outcome: 'copied' | 'already-there';
      readonly objects: number;
      readonly bytes: number;
    }
  | { readonly source: string; readonly outcome: 'failed'; readonly failure: LifeboatError };

/** Copies the captured changes of one source, or of all. What fails for one source does not keep the others from being copied. */
export async function copyAllChanges(
  request: Omit<ChangesToCopy, 'source'> & { readonly source?: string | undefined },
): Promise<ChangesCopy[]> {
  const { from, signal, source: only } = request;
  const copies: ChangesCopy[] = [];
  for (const source of await sourcesWithChanges(from, signal)) {
    if (only !== undefined && only !== source) continue;
    try {
      copies.push(await copyChanges({ ...request, source }));
    } catch (failure) {
      signal.throwIfAborted();
      if (!(failure instanceof LifeboatError)) throw failure;
      copies.push({ source, outcome: 'failed', failure });
    }
  }
  return copies;
}

/**
 * Copies what the target lacks of a source's captured changes, byte for byte: the file of an epoch, then segment and entry
 * by entry, then what drills have found. So the copied log has no gap at any moment, and names only what is there; a run
 * that is cut is continued. Nothing is written over: throws `copy-changes-differ` if the target has another history.
 */
export async function copyChanges(request: ChangesToCopy): Promise<ChangesCopy> {
  const { from, source, signal } = request;
  const copy = new Copy(request);
  for (const place of await epochPlaces(from, source, signal)) {
    const epoch = await copy.record(epochKey(place), epochSchema);
    await copyLog(request, copy, epoch);
  }
  const { objects } = await from.list(changeProofsPrefix(source), { signal });
  // A drill of the copies may have left its own.
  for (const { key } of objects) await copy.record(key, changeProofSchema, 'or-another');
  const { objects: written, bytes } = copy;
  return { source, outcome: written > 0 ? 'copied' : 'already-there', objects: written, bytes };
}

async function copyLog(
  { from, to, signal }: ChangesToCopy,
  copy: Copy,
  { record: epoch }: Filed<Epoch>,
): Promise<void> {
  const extent = await extentOfLog(from, epoch, signal);
  if (!extent) return;
  const there = await extentOfLog(to, epoch, signal);
  // The last one that is there is compared: it is the sum of all before it.
  for (let number = Math.max(extent.first, there?.last ?? 0); number <= extent.last; number += 1) {
    signal.throwIfAborted();
    const key = entryKey(epoch, number);
    const bytes = await readObject(from, key, { signal });
    const { record } = parseRecord(bytes, key, entrySchema);
    if (record.source !== epoch.source || record.epoch !== epoch.epoch || record.number !== number)
      throw recordDamaged(key, `is entry ${record.number} of epoch ${record.epoch} of ${record.source}`);
    if (record.segment && record.segment.inline === undefined) await copy.segment(record.segment);
    await copy.put(key, bytes);
  }
}

class Copy {
  objects = 0;
  bytes = 0;
  readonly #request: ChangesToCopy;

  constructor(request: ChangesToCopy) {
    this.#request = request;
  }

  async record<Schema extends Parameters<typeof parseRecord>[2]>(
    key: string,
    schema: Schema,
    there?: 'or-another',
  ): Promise<ReturnType<typeof parseRecord<Schema>>> {
    const { from, signal } = this.#request;
    const bytes = await readObject(from, key, { signal });
    const record = parseRecord(bytes, key, schema);
    await this.put(key, bytes, there);
    return record;
  }

  async put(key: string, bytes: Buffer, there?: 'or-another'): Promise<void> {
    const { to, signal } = this.#request;
    const found = await this.#bytesThere(key);
    if (found?.equals(bytes) || (found && there)) return;
    if (found) throw changesDiffer(this.#request, key);
    try {
      await to.put(key, bytes, { contentType: 'application/json', signal });
    } catch (error) {
      if (!(error instanceof ObjectExistsError)) throw error;
      if (!there && !(await this.#bytesThere(key))?.equals(bytes)) throw changesDiffer(this.#request, key);
      return;
    }
    this.objects += 1;
    this.bytes += bytes.length;
  }

  async segment({
    key,
    sizeBytes,
    sha256,
  }: {
    readonly key: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  }): Promise<void> {
    const { to, signal } = this.#request;
    const there = await to.head(key, { signal });
    try {
      const outcome = await copyObject(this.#request, { key, sizeBytes, sha256 }, there?.sizeBytes);
      if (outcome === 'found') return;
    } catch (error) {
      if (error instanceof DamagedObject) throw recordDamaged(key, error.problem);
      throw error;
    }
    this.objects += 1;
    this.bytes += sizeBytes;
  }

  async #bytesThere(key: string): Promise<Buffer | undefined> {
    const { to, signal } = this.#request;
    try {
      return await readObject(to, key, { signal });
    } catch (error) {
      if (error instanceof ObjectMissingError) return undefined;
      throw error;
    }
  }
}

function changesDiffer({ from, to, source }: ChangesToCopy, key: string): LifeboatError {
  return new LifeboatError({
    code: 'copy-changes-differ',
    kind: 'vault',
    what: `${key} lies in ${to.url} already, and is not the one in ${from.url}.`,
    meaning: `The two vaults have captured different histories of ${source}. Nothing was written over; backups are copied all the same.`,
    remedy: 'Copy into another vault or prefix. --no-changes copies the backups alone.',
  });
}
