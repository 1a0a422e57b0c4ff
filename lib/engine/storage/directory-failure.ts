import { LifeboatError } from '../ground/errors.ts';

/** What a system call on a vault's directory failed with, as something a person can act on. */
export function directoryFailure(error: unknown, doing: string, storeUrl: string): unknown {
  if (error instanceof LifeboatError) return error;
  const code = systemCode(error);
  if (code === undefined) return error;
  const known = KNOWN[code];
  return new LifeboatError({
    code: known?.code ?? 'vault-directory-failed',
    kind: 'vault',
    what: `${doing} in ${storeUrl} failed: ${known?.what ?? 'the file system refused it'} (${code}).`,
    ...(known?.meaning === undefined ? {} : { meaning: known.meaning }),
    remedy: known?.remedy ?? 'Look at the disk and its mount; the system log may say more.',
    cause: error,
  });
}

/** The directory itself is not there: never to be taken for an empty vault. */
export function rootMissing(path: string, storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-missing',
    kind: 'vault',
    what: `The vault ${storeUrl} does not exist: there is no directory ${path}.`,
    meaning: 'It was not created, because a disk that is not mounted looks just like this.',
    remedy: `Mount the disk, or create the vault: mkdir -p ${shellWord(path)}`,
  });
}

/** Somebody named a file of the vault, or a dump of another tool. */
export function rootIsFile(path: string, storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-not-a-directory',
    kind: 'vault',
    what: `The vault ${storeUrl} is a file, and a vault is a directory.`,
    remedy: `Name the directory that holds the folders daily, weekly, monthly or manual; ${path} may lie in it.`,
  });
}

export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

interface Known {
  readonly code: string;
  readonly what: string;
  readonly meaning?: string;
  readonly remedy: string;
}

const FULL: Known = {
  code: 'vault-full',
  what: 'no space is left',
  meaning: 'Nothing of the object that was being written is visible in the vault.',
  remedy: 'Free space, or raise the quota, and run it again.',
};
const DENIED: Known = {
  code: 'vault-access-denied',
  what: 'this user may not',
  remedy: 'Run as the user that owns the vault, or give this one read and write permission on the directory.',
};
const NOT_A_FOLDER: Known = {
  code: 'vault-layout-conflict',
  what: 'a file stands where a folder is needed, or a folder where a file is',
  remedy: 'The vault holds something that Lifeboat did not write; move it away.',
};

const KNOWN: Readonly<Record<string, Known>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: {
    code: 'vault-read-only',
    what: 'the file system is mounted read-only',
    remedy: 'Mount it for writing, or choose another vault. A disk with errors is often remounted read-only.',
  },
  EIO: {
    code: 'vault-disk-error',
    what: 'the disk reported an error',
    meaning: 'The medium may be failing.',
    remedy: 'Do not rely on this disk; take a backup to another vault.',
  },
  ENOTDIR: NOT_A_FOLDER,
  // What mkdir says of a file in its way.
  EEXIST: NOT_A_FOLDER,
  EISDIR: NOT_A_FOLDER,
  ENOTEMPTY: NOT_A_FOLDER,
  ENAMETOOLONG: {
    code: 'object-key-invalid',
    what: 'the path is too long for this file system',
    remedy: 'Choose a vault with a shorter path.',
  },
  EFBIG: {
    code: 'vault-object-too-large',
    what: 'the file system cannot hold so large a file',
    remedy: 'Use another file system, or raise the limit (ulimit -f).',
  },
  EMFILE: {
    code: 'vault-too-many-files',
    what: 'this process has too many files open',
    remedy: 'Raise the limit (ulimit -n), or use fewer connections.',
  },
  ENOTSUP: {
    code: 'vault-no-hard-links',
    what: 'the file system knows no hard links',
    meaning: 'Sealing a backup, of which only one writer may ever succeed, needs them.',
    remedy: 'Use a file system that has them: ext4, XFS, Btrfs, ZFS, APFS, NTFS.',
  },
};

function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
