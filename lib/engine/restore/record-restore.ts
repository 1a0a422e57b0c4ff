import type { BackupPlace } from '../archive/keys.ts';
import { manifestKey } from '../archive/keys.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { keepRecord } from '../attest/keep-record.ts';
import { backupInWords } from '../attest/predicates.ts';
import type { Signer } from '../attest/signing-key.ts';
import type { RestorePredicate } from '../attest/statement.ts';
import { messageOf } from '../ground/errors.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What is recorded of a restore: never a URL, a password or a row. */
export interface RestoreToRecord
  extends Omit<RestorePredicate, 'backup' | 'lifeboatVersion' | 'by' | 'scope'> {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
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
  signer,
  by,
  scope,
  ...about
}: RestoreToRecord): Promise<readonly string[]> {
  try {
    const { sha256 } = await readManifestFile(store, place, { signal: AbortSignal.timeout(LONGEST_MS) });
    const predicate = {
      backup: backupInWords(place),
      by: by.slice(0, LONGEST_WORDS),
      scope: scope.slice(0, LONGEST_WORDS),
      ...about,
      lifeboatVersion: LIFEBOAT_VERSION,
    };
    const statement = {
      kind: 'restores',
      subjects: [{ key: manifestKey(place), sha256 }],
      predicate,
    } as const;
    const { problems } = await keepRecord({
      store,
      place,
      statement,
      at: new Date(about.finishedAt),
      signer,
    });
    return problems;
  } catch (error) {
    return [`The record for auditors was not kept: ${messageOf(error)}`];
  }
}
