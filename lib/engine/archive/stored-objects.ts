import type { Chunk, Manifest } from './manifest.ts';

/** Every object that a manifest names. */
export function storedObjects(manifest: Manifest): Array<Chunk | Manifest['objects'][number]> {
  return [
    ...manifest.objects,
    ...manifest.tables.flatMap(({ chunks }) => chunks),
    ...manifest.largeObjects.chunks,
  ];
}
