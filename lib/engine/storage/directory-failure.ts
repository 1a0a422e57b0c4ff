import { LifeboatError } from '../ground/errors.ts';

/** Turns the failure of a system call on a vault's directory into an error that a person can act on. */
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
    remedy: known?.remedy ?? 'Check the disk and its mount; the system log may say more.',
    cause: error,
  });
}

/** The error for a missing directory, which must never be taken for an empty vault. */
export function rootMissing(path: string, storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-missing',
    kind: 'vault',
    what: `The vault ${storeUrl} does not exist: there is no directory ${path}.`,
    meaning: 'Lifeboat did not create it, because a disk that is not mounted looks the same.',
    remedy: `Mount the disk, or create the vault: mkdir -p ${shellWord(path)}`,
  });
}

/** The error for a directory that lost what this process has just written into it. */
export function rootReplaced(root: string, file: string, storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-replaced',
    kind: 'vault',
    what: `${file}, which was just written, is no longer in the vault ${storeUrl}.`,
    meaning: `Most likely the disk was unmounted from ${root}, or the directory was moved. Nothing was sealed: a backup would name objects that are elsewhere.`,
    remedy: `Mount the disk again, remove what was written into the directory below it meanwhile, and run it again.`,
  });
}

/** The error for a URL that names a file: a file of the vault, or a dump of another tool. */
export function rootIsFile(path: string, storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-not-a-directory',
    kind: 'vault',
    what: `The vault ${storeUrl} is a file, but a vault must be a directory.`,
    remedy: `Name the directory that holds the folders daily, weekly, monthly or manual; it may be the one that contains ${path}.`,
  });
}

/** The error for a lock in a directory. Also that of a command that asks for one before it begins. */
export function directoryCannotLock(storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-no-object-lock',
    kind: 'vault',
    what: `${storeUrl} is a directory, and a directory cannot lock objects against deletion.`,
    meaning: 'Who may write into the directory may also delete from it.',
    remedy:
      'Use a bucket with S3 Object Lock for locks and holds, or make the directory read-only by means of its file system.',
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
  meaning: 'The object that was being written is not in the vault, not even in part.',
  remedy: 'Free space, or raise the quota, and run it again.',
};
const DENIED: Known = {
  code: 'vault-access-denied',
  what: 'permission denied',
  remedy:
    'Run Lifeboat as the user that owns the vault, or give this user read and write permission on the directory.',
};
const NOT_A_FOLDER: Known = {
  code: 'vault-layout-conflict',
  what: 'there is a file in place of a folder, or a folder in place of a file',
  remedy: 'Lifeboat did not write this; move it out of the vault.',
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
  // mkdir fails with this when a file is in its way.
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
    what: 'the file system does not support hard links',
    meaning: 'Sealing a backup needs them, so that only one writer can succeed.',
    remedy: 'Use a file system that supports them: ext4, XFS, Btrfs, ZFS, APFS, NTFS.',
  },
};

function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
