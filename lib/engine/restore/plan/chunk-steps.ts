import { chunkId } from '../../archive/chunk-id.ts';
import type { Chunk } from '../../archive/manifest.ts';

type NamedChunk = Pick<Chunk, 'key' | 'part'>;

/** The step of a restore that loads a chunk, as its ledger names it. */
export function stepOfChunk(chunk: NamedChunk): string {
  return `rows:${chunkId(chunk)}`;
}

/** The same, for rows of a partition that went in through the partitioned table. */
export function stepThroughRoot(chunk: NamedChunk): string {
  return `${stepOfChunk(chunk)} through the root`;
}
