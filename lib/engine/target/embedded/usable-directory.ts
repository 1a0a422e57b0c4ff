import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { LifeboatError } from '../../ground/errors.ts';

/**
 * Checks that a directory can hold data directories, before anything is fetched. Throws `directory-unusable`.
 */
export async function requireUsableDirectory(path: string): Promise<void> {
  const why = await whyUnusable(path);
  if (why === undefined) return;
  throw new LifeboatError({
    code: 'directory-unusable',
    kind: 'usage',
    what: `Lifeboat cannot use the directory ${path}: ${why}.`,
    meaning: 'The embedded PostgreSQL, and keys that do not fit into memory, need temporary space on disk.',
    remedy: 'Name an existing directory that you can write to (--directory), or set TMPDIR.',
  });
}

async function whyUnusable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return 'it is not a directory';
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'the directory does not exist';
    if (code === 'EACCES' || code === 'EPERM') return 'this user may not write to it';
    if (code === 'EROFS') return 'it is mounted read-only';
    throw error;
  }
}
