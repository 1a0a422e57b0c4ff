import type { Epoch, LogEntry } from './change-records.ts';

type ShownCatalog = Pick<Epoch, 'catalogHash' | 'publicationHash'>;

/**
 * The number of the last entry up to which it is proven that the schema was the epoch's own. 0: of none.
 *
 * An entry's catalog is read beside its stream. A schema change that commits while it waits for a synchronous standby
 * is in the WAL before any snapshot shows it. So an entry is proven by itself or a later one of the epoch with the same
 * catalog, read in a snapshot with xmin >= the entry's nextXidAfter: whatever the entry holds had become visible by then.
 */
export function provenThrough(epoch: ShownCatalog, entries: readonly LogEntry[]): number {
  let xmin = -1n;
  for (const entry of entries.toReversed()) {
    for (const seen of [entry.before, entry.after]) {
      if (showsCatalogOf(epoch, seen) && BigInt(seen.xmin) > xmin) xmin = BigInt(seen.xmin);
    }
    if (showsCatalogOf(epoch, entry.after) && xmin >= BigInt(entry.nextXidAfter)) return entry.number;
  }
  return 0;
}

export function showsCatalogOf(epoch: ShownCatalog, seen: ShownCatalog): boolean {
  return seen.catalogHash === epoch.catalogHash && seen.publicationHash === epoch.publicationHash;
}
