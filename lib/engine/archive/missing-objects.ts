import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ListOptions } from './listing.ts';
import type { StoredObject } from './manifest.ts';

/** An object that a manifest names, and that is not in the vault as the manifest says. */
export interface MissingObject {
  readonly key: string;
  /** The size in the manifest. */
  readonly sizeBytes: number;
  /** The size in the vault; undefined if there is no such object. */
  readonly foundBytes: number | undefined;
}

const LISTINGS_AT_ONCE = 4;

/**
 * The objects that are not there, or have another size. It lists the folders of the objects, a request for
 * 1,000 of them, and reads none: whether their content is right is for `verify` to say.
 */
export async function missingObjects(
  store: ObjectStore,
  objects: readonly StoredObject[],
  options: ListOptions = {},
): Promise<MissingObject[]> {
  const folders = [...new Set(objects.map(({ key }) => folderOf(key)))];
  const listings = await inParallel(folders, LISTINGS_AT_ONCE, (folder) => store.list(folder, options));
  const found = new Map(
    listings.flatMap((listing) => listing.objects.map(({ key, sizeBytes }) => [key, sizeBytes] as const)),
  );
  return objects.flatMap(({ key, sizeBytes }) => {
    const foundBytes = found.get(key);
    return foundBytes === sizeBytes ? [] : [{ key, sizeBytes, foundBytes }];
  });
}

const NAMED_AT_MOST = 3;

/** `a.zst, b.zst (10 of 20 bytes) and 5 more` */
export function nameMissing(missing: readonly MissingObject[]): string {
  const named = missing
    .slice(0, NAMED_AT_MOST)
    .map(({ key, sizeBytes, foundBytes }) =>
      foundBytes === undefined ? key : `${key} (${foundBytes} bytes instead of ${sizeBytes})`,
    );
  const more = missing.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}
