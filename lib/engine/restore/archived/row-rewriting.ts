import type { Chunk, TableData } from '../../archive/manifest.ts';
import type { ContentDigest } from '../../copy-text/row-digest.ts';
import type { BackupToRestore } from './read-backup.ts';

/** Rows that are changed on their way from the archive, before the target sees them: see engine/masking. */
export interface RowRewriting {
  /** The backup as it is restored: tables and large objects that are left out have no rows. */
  backup(backup: BackupToRestore): BackupToRestore;
  /** The rows of a chunk as the target gets them: the same number of rows, with the same columns. */
  rewrite(chunk: Chunk, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** The columns that were not changed, and their digest, once all chunks of a table have passed. */
  unchanged(table: TableData): { readonly columns: readonly string[]; readonly content: ContentDigest };
}
