import { readChunk } from '../archive/codec/decode.ts';
import type { Manifest } from '../archive/manifest.ts';
import { createLargeObjectStaging, putLargeObjects } from '../catalog/large-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Target } from '../target/target.ts';

const STAGING = 'pg_temp.lifeboat_large_object';
const STAGING_COLUMNS = {
  schema: 'pg_temp',
  table: 'lifeboat_large_object',
  columns: ['loid', 'byte_offset', 'data'],
};

/** Writes the contents into the objects that large-objects/metadata.sql made. */
export async function loadLargeObjects(
  store: ObjectStore,
  { largeObjects }: Manifest,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  for (const chunk of largeObjects.chunks) {
    await loadLargeObjectChunk(target, readChunk(store, chunk, signal));
  }
}

/** Writes one chunk of contents. Several statements: in a transaction, or where nobody else is. */
export async function loadLargeObjectChunk(
  target: Pick<Target, 'execute' | 'copyIn'>,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  await target.execute(createLargeObjectStaging(STAGING));
  await target.copyIn(STAGING_COLUMNS, pieces);
  await target.execute(putLargeObjects(STAGING));
  await target.execute(`DROP TABLE ${STAGING}`);
}
