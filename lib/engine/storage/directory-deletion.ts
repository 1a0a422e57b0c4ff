import { realpath, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LifeboatError } from '../ground/errors.ts';
import { directoryFailure, systemCode } from './directory-failure.ts';
import type { ObjectDeletion, Removal } from './object-deletion.ts';
import { checkKey } from './object-key.ts';
import type { GetOptions } from './object-store.ts';

/** Folders above this depth (class and source) stay, because a backup that begins may be about to use them. */
const FOLDERS_THAT_STAY = 2;

/** Deletes files of a vault in a directory, and the folders of backups that become empty. */
export class DirectoryDeletion implements ObjectDeletion {
  readonly #root: string;
  readonly #url: string;

  constructor(root: string, url: string) {
    this.#root = root;
    this.#url = url;
  }

  /** Throws `vault-symbolic-link` if a folder on the way is a link: what lies behind it may be no vault's. */
  async check(key: string): Promise<void> {
    try {
      await this.#parentOf(key);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw directoryFailure(error, `Looking for ${key}`, this.#url);
    }
  }

  /** As {@link check}. Removes a link itself, never what it leads to. */
  async remove(key: string, { signal }: GetOptions = {}): Promise<Removal> {
    signal?.throwIfAborted();
    try {
      await unlink(join(await this.#parentOf(key), basename(key)));
      await this.#removeEmptyFolders(dirname(key));
      return 'removed';
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return 'gone';
      throw directoryFailure(error, `Deleting ${key}`, this.#url);
    }
  }

  /** The real folder of a key, which is where its names say. */
  async #parentOf(key: string): Promise<string> {
    // It refuses empty names and `..`, which would lead out of the vault.
    checkKey(key);
    const names = dirname(key).split('/');
    const parent = await realpath(join(this.#root, ...names));
    if (parent !== join(await realpath(this.#root), ...names)) throw this.#leadsOut(key);
    return parent;
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at.split('/').length > FOLDERS_THAT_STAY; at = dirname(at)) {
      try {
        // It fails for a folder that holds something.
        await rmdir(join(this.#root, at));
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) return;
        throw error;
      }
    }
  }

  #leadsOut(key: string): LifeboatError {
    return new LifeboatError({
      code: 'vault-symbolic-link',
      kind: 'vault',
      what: `${key} in ${this.#url} was not deleted, because a folder on its way is a symbolic link.`,
      meaning: 'What lies behind the link may belong to something else than this vault.',
      remedy: 'Name the directory itself as the vault, or delete what lies behind the link by hand.',
    });
  }
}
