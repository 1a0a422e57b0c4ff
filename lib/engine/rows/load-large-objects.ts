import { readChunk } from '../archive/codec/decode.ts';
import type { ReportItem } from '../archive/drill-report.ts';
import type { Manifest } from '../archive/manifest.ts';
import { createLargeObjectStaging, putLargeObjects, selectLargeObjects } from '../catalog/large-objects.ts';
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

/** Reads all large objects out again, as the source's were read, and compares number, pieces and digest. */
export async function compareLargeObjects(target: Target, { largeObjects }: Manifest): Promise<ReportItem[]> {
  if (largeObjects.count === 0) return [];
  const item = {
    kind: 'large-objects' as const,
    name: `${largeObjects.count} large objects`,
    digest: largeObjects.digest,
  };
  const { rows } = await target.execute(
    'SELECT pg_catalog.count(*)::text AS count FROM pg_catalog.pg_largeobject_metadata',
  );
  const count = Number(rows[0]?.count);
  if (count !== largeObjects.count) {
    return [{ ...item, verdict: 'differs', reason: `${count} were restored` }];
  }
  const found = await target.copyOut(selectLargeObjects({ from: 0, to: null }));
  return found.digest === largeObjects.digest && found.rows === largeObjects.rows
    ? [{ ...item, verdict: 'match' }]
    : [{ ...item, verdict: 'differs', reason: 'their contents are not what was read: the digest differs' }];
}
