import type { Chunk, Manifest, StoredObject } from './manifest.ts';

/** An object with rows: those of one chunk, or of several small tables one after the other. */
export interface RowsObject extends StoredObject {
  /** In the order of their text. */
  readonly chunks: readonly [Chunk, ...Chunk[]];
}

/** Every object that a manifest names, once. */
export function storedObjects(manifest: Manifest): Array<RowsObject | Manifest['objects'][number]> {
  return [...manifest.objects, ...rowsObjects(manifest)];
}

/** The objects of the chunks of all tables and large objects, in the order of the manifest. */
export function rowsObjects({
  tables,
  largeObjects,
}: Pick<Manifest, 'tables' | 'largeObjects'>): RowsObject[] {
  return objectsOf([...tables.flatMap(({ chunks }) => chunks), ...largeObjects.chunks]);
}

/** The objects of some chunks, each once, with those of these chunks that it holds. */
export function objectsOf(chunks: readonly Chunk[]): RowsObject[] {
  const byObject = new Map<unknown, [Chunk, ...Chunk[]]>();
  for (const chunk of chunks) {
    // A key that is listed twice without being shared is a fault of the manifest, and stays two objects.
    const object = chunk.part ? chunk.key : chunk;
    const others = byObject.get(object);
    if (others) others.push(chunk);
    else byObject.set(object, [chunk]);
  }
  return [...byObject.values()].map((of) => {
    const [{ key, sizeBytes, sha256 }] = of;
    of.sort((a, b) => (a.part?.from ?? 0) - (b.part?.from ?? 0));
    return { key, sizeBytes, sha256, chunks: of };
  });
}
