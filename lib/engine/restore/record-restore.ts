import { createHash } from 'node:crypto';
import { type BackupPlace, manifestKey, rowsCopyKey } from '../archive/keys.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { keepRecord } from '../attest/keep-record.ts';
import { backupInWords } from '../attest/predicates.ts';
import type { Signer } from '../attest/signing-key.ts';
import type { RestorePredicate, Subject } from '../attest/statement.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import { type ObjectStore, readObject } from '../storage/object-store.ts';

/** What is recorded of a restore: never a URL, a password or a row. */
export interface RestoreToRecord
  extends Omit<RestorePredicate, 'backup' | 'lifeboatVersion' | 'by' | 'scope'> {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** The safety copy of rows that was undone; then `place` is the backup whose rows they had been, and may be gone. */
  readonly undone?: BackupPlace | undefined;
  readonly by: string;
  readonly scope: string;
  readonly signer?: Signer | undefined;
}

const LONGEST_MS = 20_000;
const LONGEST_WORDS = 300;

/**
 * Records who restored what into which database, and how it ended. It never throws and takes at most some seconds: nobody's
 * restore fails for it. Returns sentences about what could not be recorded.
 */
export async function recordRestore({
  store,
  place,
  undone,
  signer,
  by,
  scope,
  ...about
}: RestoreToRecord): Promise<readonly string[]> {
  try {
    const subjects = await subjectsOf(store, place, undone);
    const predicate = {
      backup: backupInWords(place),
      by: by.slice(0, LONGEST_WORDS),
      scope: scope.slice(0, LONGEST_WORDS),
      ...about,
      lifeboatVersion: LIFEBOAT_VERSION,
    };
    const statement = { kind: 'restores', subjects, predicate } as const;
    const at = new Date(about.finishedAt);
    const { problems } = await keepRecord({ store, place, statement, at, signer });
    return problems;
  } catch (error) {
    return [`The record for auditors was not kept: ${messageOf(error)}`];
  }
}

/** The manifest first. An undo needs no backup: the copy is enough for it, and then for its record. */
async function subjectsOf(
  store: ObjectStore,
  place: BackupPlace,
  undone: BackupPlace | undefined,
): Promise<Subject[]> {
  const options = { signal: AbortSignal.timeout(LONGEST_MS) };
  const manifest = async (): Promise<Subject[]> => {
    const { sha256 } = await readManifestFile(store, place, options);
    return [{ key: manifestKey(place), sha256 }];
  };
  if (!undone) return await manifest();
  const key = rowsCopyKey(undone);
  const sha256 = createHash('sha256')
    .update(await readObject(store, key, options))
    .digest('hex');
  const ofBackup = await manifest().catch((error: unknown) => {
    if (error instanceof LifeboatError) return [];
    throw error;
  });
  return [...ofBackup, { key, sha256 }];
}
