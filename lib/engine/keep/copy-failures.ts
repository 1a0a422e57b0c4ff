import { fileURLToPath } from 'node:url';
import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { listBackups, nameOfBackup } from '../archive/listing.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteShell } from '../ground/shell.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';

/**
 * The error for a backup that is damaged where it lies. It names the newest other backup of the same source,
 * because that is the one to copy instead.
 */
export async function originDamaged(
  from: ObjectStore,
  to: ObjectStore,
  place: BackupPlace,
  problem: string,
  options: GetOptions,
): Promise<LifeboatError> {
  const name = nameOfBackup(place);
  const { backups } = await listBackups(from, { source: place.source }, options);
  const other = backups.map((backup) => nameOfBackup(backup.place)).find((one) => one !== name);
  return new LifeboatError({
    code: 'copy-origin-damaged',
    kind: 'verification',
    what: `${name} in ${from.url} is damaged: ${problem}.`,
    meaning: `The copy in ${to.url} was not sealed, so it is no backup there; what was copied of it is an unfinished attempt.`,
    remedy: `${other === undefined ? `There is no other backup of ${place.source}: take one with \`lifeboat backup\`` : `Copy another backup: the newest other one of this source is \`${other}\``}. \`lifeboat verify ${name} --vault ${from.url}\` names everything that is damaged.`,
  });
}

/** The error for an object at the target that is not the one that the manifest names. */
export function objectDiffers(to: ObjectStore, key: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'copy-object-differs',
    kind: 'vault',
    what: `${key} lies in ${to.url} already, and ${problem}.`,
    meaning: 'Lifeboat overwrites nothing, so the copy was not sealed.',
    remedy: `If nobody needs that object, remove it with \`${removalCommand(to.url, key)}\` and copy again; what is right there is not sent again.`,
  });
}

/** The error for another manifest with the same name at the target. */
export function manifestDiffers(from: ObjectStore, to: ObjectStore, place: BackupPlace): LifeboatError {
  const name = nameOfBackup(place);
  return new LifeboatError({
    code: 'copy-manifest-differs',
    kind: 'vault',
    what: `${to.url} holds another backup with the name ${name}: its manifest is not the one in ${from.url}.`,
    meaning: 'It is damaged, or somebody else made it. Nothing was changed.',
    remedy: `\`lifeboat verify ${name} --vault ${to.url}\` says whether it is whole. If it is, copy into another vault or prefix. If it is damaged, remove its manifest with \`${removalCommand(to.url, manifestKey(place))}\` and copy again.`,
  });
}

/** Whether the failure concerns one backup alone, so that others can still be copied. */
export function concernsOneBackup(error: unknown): error is LifeboatError {
  if (!(error instanceof LifeboatError)) return false;
  return (
    error.kind === 'verification' ||
    ['copy-object-differs', 'copy-manifest-differs', 'backup-arriving'].includes(error.code)
  );
}

/** A command for a person: a copy removes nothing. */
function removalCommand(vaultUrl: string, key: string): string {
  const url = `${vaultUrl}/${key}`;
  if (!vaultUrl.startsWith('file:')) return `aws s3 rm ${quoteShell(url)}`;
  return `rm ${quoteShell(`${fileURLToPath(vaultUrl)}/${key}`)}`;
}
