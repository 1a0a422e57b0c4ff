import { attemptPrefix } from '../archive/keys.ts';
import type { Chunk, Manifest, ObjectPurpose } from '../archive/manifest.ts';

/**
 * A backup of which everything is written except its recovery guide, its restore script and its manifest.
 * The guide and the script are made from it. The manifest adds their objects, the times and the totals.
 */
export type UnsealedBackup = Omit<Manifest, 'format' | 'sealedAt' | 'durationMs' | 'totals'>;

/**
 * The name of an object below its attempt's folder: `data/0001-public.users.copy.zst`. Throws when the name
 * holds a character that could mean something to a shell; keys.ts makes no such name.
 */
export function nameInAttempt(backup: UnsealedBackup, key: string): string {
  const folder = attemptPrefix(backup, backup.attempt);
  const name = key.startsWith(folder) ? key.slice(folder.length) : '';
  if (!/^(?!-)[A-Za-z0-9._/-]+$/.test(name)) throw new TypeError(`${key} cannot be named in a script`);
  return name;
}

/**
 * The rows of a chunk as restore.sh takes them: a file, or `data/shared-0001.copy.zst@1000+200`, the 200 bytes of its text that come
 * after the first 1000.
 */
export function rowsInAttempt(backup: UnsealedBackup, { key, part }: Pick<Chunk, 'key' | 'part'>): string {
  const name = nameInAttempt(backup, key);
  return part ? `${name}@${part.from}+${part.to - part.from}` : name;
}

/** The name of the only object with this purpose; undefined when the backup has none. */
export function nameOfPurpose(backup: UnsealedBackup, purpose: ObjectPurpose): string | undefined {
  const object = backup.objects.find((one) => one.purpose === purpose);
  return object && nameInAttempt(backup, object.key);
}
