import type { Attempt } from '../archive/attempt.ts';
import { compressToOneFrame } from '../archive/one-frame.ts';
import { serializeFingerprint } from '../fingerprint/serialize-fingerprint.ts';
import { writeLargeObjectMetadata } from './catalog/large-object-metadata.ts';
import type { QueryRows } from './catalog/query-rows.ts';
import { writeSequencesSql } from './catalog/sequences.ts';
import type { Catalog } from './read-catalog.ts';

/** Writes the files of the archive that describe the database, in the order in which a restore uses them. */
export async function writeCatalog(attempt: Attempt, catalog: Catalog, query: QueryRows): Promise<void> {
  await attempt.write('roles', 'roles.sql', catalog.rolesSql);
  await attempt.write('database', 'database.sql', catalog.databaseSql);
  await attempt.write('pre-data', 'pre-data.sql', catalog.preData);
  if (catalog.hasLargeObjects) {
    // There can be millions, so this one goes from the query to the vault piece by piece.
    const pieces = writeLargeObjectMetadata(query);
    await attempt.writeStream('large-object-metadata', 'large-objects/metadata.sql', pieces);
  }
  await attempt.write('sequences', 'sequences.sql', writeSequencesSql(catalog.sequences));
  await attempt.write('post-data', 'post-data.sql', catalog.postData);
  const fingerprint = Buffer.from(serializeFingerprint(catalog.fingerprint));
  await attempt.write('fingerprint', 'fingerprint.json.zst', await compressToOneFrame(fingerprint));
}
