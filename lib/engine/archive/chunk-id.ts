import type { Chunk } from './manifest.ts';

/** Tells the chunks of a backup apart: the key, with the place in the object if several tables share that. */
export function chunkId({ key, part }: Pick<Chunk, 'key' | 'part'>): string {
  return part ? `${key}@${part.from}` : key;
}
