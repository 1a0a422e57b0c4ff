import { erasuresFolder } from '../archive/keys.ts';
import { listErasures, sourcesWithErasures } from '../erasures/erasure-entry.ts';
import { LifeboatError } from '../ground/errors.ts';
import { ObjectExistsError, type ObjectStore, readObject } from '../storage/object-store.ts';

/** What became of the list of erasures of one source. `source` is null if the vault does not say which sources have a list. */
export type ErasuresCopy =
  | {
      readonly source: string;
      readonly outcome: 'copied' | 'already-there';
      /** Entries that were copied. */
      readonly entries: number;
    }
  | { readonly source: string | null; readonly outcome: 'failed'; readonly failure: LifeboatError };

export interface ErasuresToCopy {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  /** @default every source that has a list */
  readonly source?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Copies the entries of the lists of erasures that the target lacks, byte for byte: a restore from a copy without them would
 * bring erased rows back. A list that fails does not keep the others, nor the backups, from being copied.
 */
export async function copyErasures(request: ErasuresToCopy): Promise<ErasuresCopy[]> {
  const { from, source: only, signal } = request;
  const copies: ErasuresCopy[] = [];
  let failing: string | null = only ?? null;
  try {
    const sources = only === undefined ? await sourcesWithErasures(from, { signal }) : [only];
    for (const source of sources) {
      failing = source;
      const copy = await copyList(request, source).catch((failure: unknown) =>
        failedCopy(source, failure, signal),
      );
      if (copy) copies.push(copy);
    }
  } catch (failure) {
    copies.push(failedCopy(failing, failure, signal));
  }
  return copies;
}

async function copyList(
  { from, to, signal }: ErasuresToCopy,
  source: string,
): Promise<ErasuresCopy | undefined> {
  const options = { signal };
  // Throws for an entry that is not whole: it must be seen before the copy is all that is left.
  const entries = await listErasures(from, source, options);
  if (entries.length === 0) return undefined;
  const there = new Set((await to.list(erasuresFolder(source), options)).objects.map(({ key }) => key));
  const missing = entries.filter(({ key }) => !there.has(key));
  for (const { key } of missing) {
    try {
      await to.put(key, await readObject(from, key, options), { contentType: 'application/json', signal });
    } catch (error) {
      // Another copy was quicker.
      if (!(error instanceof ObjectExistsError)) throw error;
    }
  }
  return { source, outcome: missing.length === 0 ? 'already-there' : 'copied', entries: missing.length };
}

function failedCopy(source: string | null, failure: unknown, signal: AbortSignal): ErasuresCopy {
  signal.throwIfAborted();
  if (!(failure instanceof LifeboatError)) throw failure;
  return { source, outcome: 'failed', failure };
}
