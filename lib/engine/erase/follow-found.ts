import { chunkId } from '../archive/chunk-id.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readScript } from '../archive/read-script.ts';
import { foreignKeysOf, printedInWays } from '../erasures/archived-keys.ts';
import { entryOf } from '../erasures/erasure-entry.ts';
import { partsOf, sift } from '../erasures/sift.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import type { FoundIn } from '../search/find-rows.ts';
import type { NamedRelation } from '../sql-script/key-statements.ts';
import { type KeysRequest, keysInBackups } from './keys-in-backups.ts';

/** Rows of one backup that belong to found ones, however far, by foreign keys. */
export interface FollowedRows {
  readonly name: string;
  /** The found rows too, if others refer to them. */
  readonly tables: ReadonlyArray<{ readonly table: string; readonly rows: number }>;
  /** Foreign keys whose values cannot be compared without a server. */
  readonly notFollowed: readonly string[];
}

/**
 * Counts what refers to found rows, in each backup where the found rows, or a table that may refer to them, are others than in
 * the ones before.
 */
export async function followFound(
  backups: readonly FoundIn[],
  request: KeysRequest,
): Promise<FollowedRows[]> {
  const { store, signal } = request;
  const followed: FollowedRows[] = [];
  const keysOf = await keysInBackups(backups, request);
  const seen = new Set<string>();
  for (const { manifest, digest, rows } of backups) {
    if (!manifest || rows === 0) continue;
    const same = keysOf.find((one) => (digest === null ? one.manifest === manifest : one.digest === digest));
    if (!same) continue;
    const { about, keys } = same;
    const postData =
      same.manifest === manifest
        ? same.postData
        : ((await readScript(store, manifest, 'post-data', signal)) ?? '');
    const sight = JSON.stringify([about, digest ?? keys, contentsOf(about.table, manifest, postData)]);
    if (seen.has(sight)) continue;
    seen.add(sight);
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
      const rows = chunks.reduce((sum, chunk) => sum + (edits.get(chunkId(chunk))?.size ?? 0), 0);
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

/** What a relation, and all that may refer to it, however far, holds in a backup. */
function contentsOf(relation: NamedRelation, manifest: Manifest, postData: string): unknown {
  const keys = foreignKeysOf(postData);
  const reached = new Map<string, NamedRelation>();
  const waiting = [relation];
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    const { schema, name } = one;
    const called = JSON.stringify([schema, name]);
    if (reached.has(called)) continue;
    reached.set(called, one);
    const own = [one, ...partsOf(manifest, one)];
    for (const { referenced, child } of keys)
      if (own.some((part) => part.schema === referenced.schema && part.name === referenced.name))
        waiting.push(child);
  }
  const parts = [...reached.values()].flatMap((one) => partsOf(manifest, one));
  return [
    parts.map(({ schema, name, columns, digest, rows }) => [schema, name, columns, digest, rows]),
    keys.map(({ name, child, referenced, columns }) => [name, child, referenced, columns]),
  ];
}
