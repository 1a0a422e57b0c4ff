import {
  CHANGES_FOLDER,
  changesPrefixes,
  ENTRIES_PER_FOLDER,
  type EpochPlace,
  numberOfFolder,
  numberOfObject,
} from '../../archive/changes/change-keys.ts';
import type { ListOptions } from '../../archive/listing.ts';
import type { ObjectStore, ObjectSummary } from '../../storage/object-store.ts';

/**
 * Entries, leases, segments of an epoch, each in their order; only folders that hold numbers below `below`. Without it, also
 * what has no number: the notes that a base was asked for.
 */
export async function objectsOfEpoch(
  store: ObjectStore,
  place: EpochPlace,
  options: ListOptions,
  below = Number.POSITIVE_INFINITY,
): Promise<ObjectSummary[]> {
  const found: ObjectSummary[] = [];
  for (const prefix of changesPrefixes(place)) {
    const { objects: beside, prefixes } = await store.list(prefix, options);
    if (below === Number.POSITIVE_INFINITY) found.push(...beside);
    for (const folder of prefixes.toSorted()) {
      const number = numberOfFolder(folder);
      if (number === undefined || number * ENTRIES_PER_FOLDER >= below) continue;
      const { objects } = await store.list(folder, options);
      found.push(...objects.filter(({ key }) => numberOfObject(key) !== undefined).toSorted(byKey));
    }
  }
  return found;
}

/** The epochs of a source that have entries, leases or segments, whether or not their own file is there. */
export async function epochsWithObjects(
  store: ObjectStore,
  source: string,
  options: ListOptions,
): Promise<Set<number>> {
  const epochs = new Set<number>();
  for (const kind of ['log', 'leases', 'segments']) {
    const { prefixes } = await store.list(`${CHANGES_FOLDER}${source}/${kind}/`, options);
    for (const prefix of prefixes) {
      const epoch = numberOfFolder(prefix);
      if (epoch !== undefined) epochs.add(epoch);
    }
  }
  return epochs;
}

function byKey(one: ObjectSummary, other: ObjectSummary): number {
  return one.key < other.key ? -1 : 1;
}
