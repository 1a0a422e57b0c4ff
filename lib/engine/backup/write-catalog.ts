import type { Attempt } from '../archive/attempt.ts';
import { writeLargeObjectMetadata } from '../catalog/large-object-metadata.ts';
import { writeSequencesSql } from '../catalog/sequences.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { serializeFingerprint } from '../fingerprint/serialize-fingerprint.ts';
import { refuseCommandsOfPsql } from '../sql-script/only-sql.ts';
import type { Catalog } from './read-catalog.ts';

/**
 * Writes the archive's files that describe the database, all at the same time: they are small, and S3 needs
 * time for each.
 */
export async function writeCatalog(attempt: Attempt, catalog: Catalog, query: QueryRows): Promise<void> {
  refuseCommandsOfPsql('roles.sql', catalog.rolesSql);
  refuseCommandsOfPsql('database.sql', catalog.databaseSql);
  refuseCommandsOfPsql('pre-data.sql', catalog.preData);
  refuseCommandsOfPsql('post-data.sql', catalog.postData);
  await Promise.all([
    attempt.write('roles', 'roles.sql', catalog.rolesSql),
    attempt.write('database', 'database.sql', catalog.databaseSql),
    attempt.write('pre-data', 'pre-data.sql', catalog.preData),
    // There can be millions of large objects, so their statements are streamed from the query to the vault.
    ...(catalog.hasLargeObjects
      ? [
          attempt.writeStream(
            'large-object-metadata',
            'large-objects/metadata.sql',
            checked('large-objects/metadata.sql', writeLargeObjectMetadata(query)),
          ),
        ]
      : []),
    attempt.write('sequences', 'sequences.sql', writeSequencesSql(catalog.sequences)),
    attempt.write('post-data', 'post-data.sql', catalog.postData),
    attempt.write('fingerprint', 'fingerprint.json.zst', serializeFingerprint(catalog.fingerprint)),
  ]);
}

/** Checks a stream of pieces, each of which consists of whole statements. */
async function* checked(name: string, pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) {
    refuseCommandsOfPsql(name, piece);
    yield piece;
  }
}
