import { isRowsCopyKey, manifestKey, proofKey } from '../archive/keys.ts';
import { type PublicKey, signedBy } from './public-keys.ts';
import type { ReadRecord } from './read-records.ts';

/**
 * `signed`: by a trusted key, and what it is about is as it was signed. `unchecked`: nobody said which keys count.
 * `altered`: the record, the manifest or the proof is not what was signed. `other-key`: signed by a key that is not trusted.
 */
export type SignatureVerdict = 'signed' | 'unsigned' | 'unchecked' | 'other-key' | 'altered' | 'unreadable';

export interface CheckedSignature {
  readonly verdict: SignatureVerdict;
  /** The trusted key. Only for `signed`, and for `altered` if the signature itself is right. */
  readonly keyId: string | undefined;
  /** Each completes the sentence "this record …". */
  readonly problems: readonly string[];
}

/** SHA-256 of files as they lie in the vault now, by key; null: the file is gone. Absent: nobody looked. */
export type FilesNow = ReadonlyMap<string, string | null>;

/** Compares one record with the keys that somebody trusts, and with the files that it names. */
export function checkRecord(
  record: ReadRecord,
  keys: readonly PublicKey[],
  files: FilesNow = new Map(),
): CheckedSignature {
  const { envelope, statement, problem } = record;
  const without = (verdict: SignatureVerdict, ...problems: string[]) => ({
    verdict,
    keyId: undefined,
    problems,
  });
  if (problem !== undefined && !envelope) return without('unreadable', problem);
  if (problem !== undefined || !statement) return without('altered', problem ?? 'holds no statement');
  const changed = changedFiles(record, files);
  if (envelope.signatures.length === 0) {
    return changed.length > 0 ? without('altered', ...changed) : without('unsigned');
  }
  if (keys.length === 0) return changed.length > 0 ? without('altered', ...changed) : without('unchecked');
  const key = signedBy(envelope, keys);
  if (key) return { verdict: changed.length > 0 ? 'altered' : 'signed', keyId: key.keyId, problems: changed };
  const named = keys.find(({ keyId }) => envelope.signatures.some((one) => one.keyId === keyId));
  return named
    ? without('altered', `was changed after it was signed by the key ${shortKey(named.keyId)}`)
    : without('other-key', 'was not signed by any of these keys');
}

function changedFiles({ file, statement }: ReadRecord, files: FilesNow): string[] {
  const { place } = file;
  const subjects = statement?.subjects ?? [];
  const problems = subjects.flatMap(({ key, sha256 }) => {
    const now = files.get(key);
    if (now === undefined || now === sha256) return [];
    const what = key === manifestKey(place) ? 'manifest' : key === proofKey(place) ? 'proof' : key;
    return now === null
      ? [`names a ${what} that is gone`]
      : [`is about another ${what} than the one in the vault: somebody has replaced or edited it`];
  });
  // What was undone may outlive the backup, and is named in its place.
  const isAboutManifest = subjects.some(
    ({ key }) => key === manifestKey(place) || (file.kind === 'restores' && isRowsCopyKey(key)),
  );
  return isAboutManifest ? problems : [`does not name the manifest of its backup`, ...problems];
}

/** Enough of a key's id to compare it by eye. */
export function shortKey(keyId: string): string {
  return keyId.slice(0, 16);
}
