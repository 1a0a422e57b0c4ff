import { nameOfBackup } from '../archive/listing.ts';
import { foreignKeysOf, printedInWays } from '../erasures/archived-keys.ts';
import { entryOf } from '../erasures/erasure-entry.ts';
import { sift } from '../erasures/sift.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import type { FoundIn } from '../search/find-rows.ts';
import { type KeysRequest, keysInBackups } from './keys-in-backups.ts';

/** Rows of one backup that belong to found ones, however far, by foreign keys. */
export interface FollowedRows {
  readonly name: string;
  /** The found rows too, if others refer to them. */
  readonly tables: ReadonlyArray<{ readonly table: string; readonly rows: number }>;
  /** Foreign keys whose values cannot be compared without a server. */
  readonly notFollowed: readonly string[];
}

/** Counts what refers to found rows, in each backup that holds others of them than the one before. */
export async function followFound(
  backups: readonly FoundIn[],
  request: KeysRequest,
): Promise<FollowedRows[]> {
  const { store, signal } = request;
  const followed: FollowedRows[] = [];
  for (const { about, keys, manifest, postData } of await keysInBackups(backups, request)) {
    const fingerprint = await readArchivedFingerprint(store, manifest, signal);
    const all = foreignKeysOf(postData);
    const comparable = all.filter((key) => printedInWays(key, fingerprint) === undefined);
    const told = { source: manifest.source, reason: 'find', by: 'find', now: new Date() };
    const { edits } = await sift({
      ...{ store, manifest, signal, eraseFollowers: true, checkKey: () => {} },
      entries: [entryOf({ ...about, ...told, keys })],
      // All that refers to them belongs to them, whatever a deletion would do with it.
      foreignKeys: comparable.map((key) => ({ ...key, onDelete: 'CASCADE' as const })),
    });
    const tables = new Map<string, number>();
    for (const { schema, name, partitionRoot, chunks } of manifest.tables) {
      const rows = chunks.reduce((sum, { key }) => sum + (edits.get(key)?.size ?? 0), 0);
      const called = partitionRoot ? `${partitionRoot.schema}.${partitionRoot.name}` : `${schema}.${name}`;
      if (rows > 0) tables.set(called, (tables.get(called) ?? 0) + rows);
    }
    followed.push({
      name: nameOfBackup(manifest),
      tables: [...tables].map(([table, rows]) => ({ table, rows })),
      notFollowed: all
        .filter((key) => !comparable.includes(key))
        .map(({ name, child }) => `${name} on ${child.schema}.${child.name}`),
    });
  }
  return followed;
}
