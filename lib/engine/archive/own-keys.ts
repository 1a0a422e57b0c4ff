import { type BackupPlace, backupPrefix } from './keys.ts';

/** What a backup of any version has written below its folder: two files, and the folders of its attempts; or the file of a safety copy of rows. */
const OWN_NAMES = [
  /^(manifest|proof|rows)\.json$/,
  /^[a-z0-9]{8}\/(RECOVERY\.md|restore\.sh|[a-z-]+\.sql|fingerprint\.json)(\.zst)?(\.age)?$/,
  /^[a-z0-9]{8}\/data\/\d{4,}-[A-Za-z0-9._-]+\.copy\.zst(\.age)?$/,
  /^[a-z0-9]{8}\/large-objects\/(metadata\.sql|\d{4,}\.copy\.zst)(\.age)?$/,
];

/** Whether an object below a backup's folder has a name that Lifeboat gives. Others were put there by somebody else. */
export function isOwnKey(place: BackupPlace, key: string): boolean {
  const prefix = backupPrefix(place);
  return key.startsWith(prefix) && OWN_NAMES.some((name) => name.test(key.slice(prefix.length)));
}
