import { backupFolders, nameOfBackup, sealedNewestFirst } from '../../archive/listing.ts';
import { readManifest } from '../../archive/read-manifest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { RestorePlan } from './restore-plan.ts';

const REMEDY =
  'Who can read it can read what is in the target now. Unless you know the reason, name the recipients yourself: --age-recipient or --age-recipients-file.';

/**
 * Adds a note if the safety backup goes to other recipients than the newest other backup of the source: a forged
 * manifest would decide who can read what is in the target now. Nothing is compared where the person named them.
 */
export async function compareRecipients(
  store: ObjectStore,
  plan: RestorePlan,
  isChosen: boolean,
  signal: AbortSignal,
): Promise<RestorePlan> {
  if (!plan.safetyBackup || isChosen) return plan;
  const note = await differenceNote(store, plan, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof LifeboatError)) throw error;
    return `It is not known whether the recipients of the safety backup are those of the source's other backups: ${error.what}`;
  });
  return note === undefined ? plan : { ...plan, notes: [note, ...plan.notes] };
}

async function differenceNote(
  store: ObjectStore,
  { backup, safetyRecipients }: RestorePlan,
  signal: AbortSignal,
): Promise<string | undefined> {
  const folders = await backupFolders(store, { source: backup.place.source }, { signal });
  for await (const place of sealedNewestFirst(store, folders, { signal })) {
    const name = nameOfBackup(place);
    if (name === backup.name) continue;
    const others = (await readManifest(store, place, { signal })).encryption?.recipients ?? [];
    const isSame =
      others.length === safetyRecipients.length && others.every((one) => safetyRecipients.includes(one));
    if (isSame) return undefined;
    if (safetyRecipients.length === 0) {
      return `Warning: the safety backup will not be encrypted, but ${name}, the newest other backup of the source, is. ${REMEDY}`;
    }
    const other = others.length === 0 ? 'is not encrypted' : 'has other recipients';
    return `Warning: the recipients of the safety backup come from this backup, and ${name}, the newest other backup of the source, ${other}. ${REMEDY}`;
  }
  return undefined;
}
