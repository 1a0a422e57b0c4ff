import type { Dirent } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  directoryCannotLock,
  directoryFailure,
  rootIsFile,
  rootMissing,
  rootReplaced,
  systemCode,
} from './directory-failure.ts';
import {
  type Guard,
  makeFolders,
  publishFile,
  sweepTemporaries,
  syncFolder,
  TEMPORARY_FOLDER,
  writeTemporary,
  writeUnseen,
} from './directory-write.ts';
import { checkKey, checkPrefix, compareKeys, keyInvalid } from './object-key.ts';
import {
  type GetOptions,
  type Listing,
  ObjectExistsError,
  ObjectMissingError,
  type ObjectStore,
  type ObjectSummary,
  ObjectTruncatedError,
  type PutOptions,
  type WriteOptions,
} from './object-store.ts';

export interface DirectoryOptions {
  /** Create the vault's directory where it is missing, instead of refusing. @default false */
  readonly create?: boolean;
}

/** Bytes of one read. */
const READ_BYTES = 256 * 1024;
/** What the system takes in a tenth of a millisecond. */
const MOST_AT_ONCE_BYTES = 256 * 1024;
/** Files that become durable at the same time, as many as a disk gathers into one write of its journal. */
const MOST_SYNCED = 16;

/**
 * Opens a vault in a directory. An object is a file, and its key is the file's path. Files are 0600, folders
 * 0700. Nothing is read or written before the first call.
 */
export function openDirectoryStore(path: string, options: DirectoryOptions = {}): ObjectStore {
  return new DirectoryStore(path, options.create ?? false);
}

class DirectoryStore implements ObjectStore {
  readonly url: string;
  /** For object-deletion.ts: this class itself never deletes an object. */
  readonly root: string;
  readonly #root: string;
  readonly #create: boolean;
  #swept: Promise<void> | undefined;
  /** Folders with new names that are not durable yet. */
  readonly #unsynced = new Set<string>();
  /** For each folder, the first file that a sole writer has put there since the last of its files became durable. */
  readonly #firstFiles = new Map<string, string>();
  /** Files whose bytes are not durable yet; these promises never reject. */
  readonly #filesSyncing = new Set<Promise<void>>();
  /** What cannot be made durable ever again: the system forgets the bytes that it could not write. */
  #lost: unknown;
  #syncing: Promise<void> = Promise.resolve();

  constructor(root: string, create: boolean) {
    this.root = resolve(root);
    this.#root = this.root;
    this.#create = create;
    this.url = pathToFileURL(this.#root).href;
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    await this.#write(key, body, options.ifAbsent ?? true, options);
  }

  async upload(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
  ): Promise<{ sizeBytes: number }> {
    return { sizeBytes: await this.#write(key, body, true, options) };
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    const path = this.#pathOf(key);
    options.signal?.throwIfAborted();
    const file = await this.#openObject(path, key);
    try {
      const { size } = await file.stat();
      for (let readBytes = 0; readBytes < size; ) {
        options.signal?.throwIfAborted();
        const wantedBytes = Math.min(size - readBytes, READ_BYTES);
        const piece = await this.#guard(`Reading ${key}`)(() => file.read(Buffer.allocUnsafe(wantedBytes)));
        if (piece.bytesRead === 0) throw new ObjectTruncatedError(key, this.url, readBytes, size);
        readBytes += piece.bytesRead;
        yield piece.buffer.subarray(0, piece.bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async head(key: string, options: GetOptions = {}): Promise<ObjectSummary | undefined> {
    const path = this.#pathOf(key);
    options.signal?.throwIfAborted();
    try {
      const found = await stat(path);
      if (found.isFile()) return { key, sizeBytes: found.size, lastModified: found.mtime };
    } catch (error) {
      if (!isAbsence(error)) throw directoryFailure(error, `Looking for ${key}`, this.url);
    }
    await this.#assertRoot();
    return undefined;
  }

  async list(prefix: string, options: GetOptions = {}): Promise<Listing> {
    checkPrefix(prefix);
    this.#assertVisible(prefix);
    options.signal?.throwIfAborted();
    await this.#assertRoot();
    const objects: ObjectSummary[] = [];
    const prefixes: string[] = [];
    for (const entry of await this.#entries(prefix)) {
      options.signal?.throwIfAborted();
      const key = `${prefix}${entry.name}`;
      const found = await this.#statEntry(key, entry);
      if (found?.isFile()) objects.push({ key, sizeBytes: found.size, lastModified: found.mtime });
      else if (found?.isDirectory() && (await this.#holdsObject(`${key}/`))) prefixes.push(`${key}/`);
    }
    objects.sort((left, right) => compareKeys(left.key, right.key));
    return { objects, prefixes: prefixes.sort(compareKeys) };
  }

  async close(): Promise<void> {
    await Promise.all(this.#filesSyncing);
  }

  /**
   * Writes a temporary file, syncs it, and makes it visible in one atomic step: no reader ever sees half an
   * object.
   */
  async #write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    ifAbsent: boolean,
    { signal, lock, soleWriter = false }: WriteOptions,
  ): Promise<number> {
    if (lock !== undefined) throw directoryCannotLock(this.url);
    const path = this.#pathOf(key);
    const guard = this.#guard(`Writing ${key}`);
    signal?.throwIfAborted();
    await this.#sweep();
    const prepareRoot = () => this.#prepareRoot(guard);
    if (soleWriter && body instanceof Uint8Array && body.length <= MOST_AT_ONCE_BYTES)
      return await this.#writeUnseen(key, body, { guard, prepareRoot });
    // What a manifest names must be durable before the manifest is there.
    if (!soleWriter) await this.#syncAll(guard);
    const temporary = await writeTemporary(this.#root, body, { signal, guard, prepareRoot });
    const folders = await guard(() => publishFile(temporary.path, path, ifAbsent));
    if (!folders) throw new ObjectExistsError(key, this.url);
    for (const folder of folders) this.#unsynced.add(folder);
    if (soleWriter) this.#rememberFirst(path);
    else await this.#syncAll(guard);
    return temporary.sizeBytes;
  }

  /** Comes back before it is durable. */
  async #writeUnseen(
    key: string,
    body: Uint8Array,
    preparing: { readonly guard: Guard; prepareRoot(): Promise<void> },
  ): Promise<number> {
    const path = this.#pathOf(key);
    // Several writes may have waited for the same file.
    while (this.#filesSyncing.size >= MOST_SYNCED) await Promise.race(this.#filesSyncing);
    const written = await writeUnseen(path, body, preparing);
    if (written === undefined) throw new ObjectExistsError(key, this.url);
    this.#rememberFirst(path);
    for (const folder of written.folders) this.#unsynced.add(folder);
    const syncing = written.durable
      .catch((error: unknown) => {
        this.#lost ??= error;
      })
      .finally(() => this.#filesSyncing.delete(syncing));
    this.#filesSyncing.add(syncing);
    return body.length;
  }

  /** What was written by sole writers, and its names. Throws if any of it is lost. */
  async #syncAll(guard: Guard): Promise<void> {
    await Promise.all(this.#filesSyncing);
    if (this.#lost !== undefined) throw this.#lost;
    await guard(() => this.#assertFirstFiles());
    await guard(() => this.#syncFolders());
  }

  #rememberFirst(path: string): void {
    const folder = dirname(path);
    if (!this.#firstFiles.has(folder)) this.#firstFiles.set(folder, path);
  }

  /**
   * Throws if the directory is another one than it was: a disk that was unmounted leaves an empty one, in which folders are made
   * again, and what is written next would name objects that are elsewhere. Of each folder the oldest file is looked for, because
   * the newer ones may have been written after that.
   */
  async #assertFirstFiles(): Promise<void> {
    for (const [folder, path] of this.#firstFiles) {
      try {
        await stat(path);
      } catch (error) {
        if (isAbsence(error)) throw rootReplaced(this.#root, path, this.url);
        throw error;
      }
      this.#firstFiles.delete(folder);
    }
  }

  /** The deepest folders come last in a path's name, and first here: a folder is durable before its name is. */
  async #syncFolders(): Promise<void> {
    // One after the other: a write that finds its folder taken by another one must wait for that one.
    const syncing = this.#syncing.then(async () => {
      const folders = [...this.#unsynced].toSorted((a, b) => b.length - a.length);
      this.#unsynced.clear();
      try {
        for (const folder of folders) await syncFolder(folder);
      } catch (error) {
        for (const folder of folders) this.#unsynced.add(folder);
        throw error;
      }
    });
    this.#syncing = syncing.catch(() => {});
    await syncing;
  }

  async #sweep(): Promise<void> {
    this.#swept ??= sweepTemporaries(this.#root);
    await this.#swept;
  }

  async #prepareRoot(guard: Guard): Promise<void> {
    if (this.#create) await guard(() => makeFolders(this.#root));
    else await this.#assertRoot();
  }

  /**
   * Throws if the vault's directory is missing and may not be created: a missing vault must never look like
   * an empty one.
   */
  async #assertRoot(): Promise<void> {
    let isDirectory: boolean;
    try {
      isDirectory = (await stat(this.#root)).isDirectory();
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw directoryFailure(error, 'Opening the directory', this.url);
      if (this.#create) return;
      throw rootMissing(this.#root, this.url);
    }
    if (!isDirectory) throw rootIsFile(this.#root, this.url);
  }

  #pathOf(key: string): string {
    checkKey(key);
    this.#assertVisible(key);
    return join(this.#root, ...key.split('/'));
  }

  #assertVisible(key: string): void {
    // Lower case, for file systems that do not tell the two apart.
    const [first] = key.toLowerCase().split('/');
    if (first === TEMPORARY_FOLDER) throw keyInvalid(key, 'its first name is reserved');
  }

  async #openObject(path: string, key: string): Promise<FileHandle> {
    try {
      // stat comes before open, because opening a named pipe would wait for its writer.
      if ((await stat(path)).isFile()) return await open(path, 'r');
    } catch (error) {
      if (!isAbsence(error)) throw directoryFailure(error, `Reading ${key}`, this.url);
    }
    await this.#assertRoot();
    throw new ObjectMissingError(key, this.url);
  }

  async #entries(prefix: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(join(this.#root, prefix), { withFileTypes: true });
      return prefix === '' ? entries.filter((entry) => entry.name !== TEMPORARY_FOLDER) : entries;
    } catch (error) {
      if (isAbsence(error)) return [];
      throw directoryFailure(error, `Listing ${prefix || 'the vault'}`, this.url);
    }
  }

  /** Undefined when the entry has vanished meanwhile, or is neither a file nor a folder. */
  async #statEntry(key: string, entry: Dirent) {
    if (!entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink()) return undefined;
    try {
      return await stat(join(this.#root, key));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw directoryFailure(error, `Listing ${key}`, this.url);
    }
  }

  /** S3 has no empty folders, so none are shown here either. */
  async #holdsObject(prefix: string): Promise<boolean> {
    const entries = await this.#entries(prefix);
    if (entries.some((entry) => entry.isFile() || entry.isSymbolicLink())) return true;
    for (const entry of entries) {
      if (entry.isDirectory() && (await this.#holdsObject(`${prefix}${entry.name}/`))) return true;
    }
    return false;
  }

  #guard(doing: string): Guard {
    return async (call) => {
      try {
        return await call();
      } catch (error) {
        throw directoryFailure(error, doing, this.url);
      }
    };
  }
}

/** ELOOP counts as absence: a link to itself leads to no file, and must not hide other backups. */
function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'].includes(systemCode(error) ?? '');
}
