import { randomUUID } from 'node:crypto';
import { closeSync, fsync, openSync, unlinkSync, writeSync } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from './directory-failure.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * The folder for unfinished files. It lies in the vault, so it is on the same file system. Its names are no
 * keys.
 */
export const TEMPORARY_FOLDER = '.lifeboat-tmp';

/** No backup takes a day to write one object, so a process that died left older files. */
const MOST_ATTEMPTS = 3;
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;

/** Runs a system call and turns its failure into a LifeboatError. Errors of the body do not go through it. */
export type Guard = <T>(call: () => Promise<T>) => Promise<T>;

export interface WritingOptions {
  readonly signal: AbortSignal | undefined;
  readonly guard: Guard;
  prepareRoot(): Promise<void>;
}

export interface TemporaryFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Writes `body` to a file that no reader sees, and makes it durable. Removes the file on any failure. `prepareRoot` is
 * called if the folder for such files is missing.
 */
export async function writeTemporary(
  root: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { signal, guard, prepareRoot }: WritingOptions,
): Promise<TemporaryFile> {
  const path = join(root, TEMPORARY_FOLDER, `${process.pid}-${randomUUID()}`);
  const create = () => open(path, 'wx', 0o600);
  const file = await guard(create).catch(async (error: unknown) => {
    const code = systemCode(error instanceof Error ? error.cause : undefined) ?? '';
    if (!['ENOENT', 'ENOTDIR'].includes(code)) throw error;
    await prepareRoot();
    return await guard(async () => {
      await makeFolders(dirname(path));
      return await create();
    });
  });
  let sizeBytes = 0;
  try {
    for await (const piece of body instanceof Uint8Array
      ? [body]
      : inLargePieces(untilAborted(body, signal))) {
      await guard(() => file.writeFile(piece));
      sizeBytes += piece.length;
    }
    await guard(() => file.sync());
  } catch (error) {
    await file.close().catch(() => undefined);
    await removeTemporary(path);
    throw error;
  }
  await file.close();
  return { path, sizeBytes };
}

/** A write wakes another thread, so the small pieces of a compressor are gathered. */
const WRITE_BYTES = 1024 * 1024;

/** Each piece is valid until the next one is asked for. */
async function* inLargePieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let gathered: Buffer | undefined;
  let bytes = 0;
  for await (const piece of pieces) {
    gathered ??= Buffer.allocUnsafeSlow(WRITE_BYTES);
    for (let at = 0; at < piece.length; ) {
      const some = piece.subarray(at, at + WRITE_BYTES - bytes);
      gathered.set(some, bytes);
      at += some.length;
      bytes += some.length;
      if (bytes < WRITE_BYTES) break;
      yield gathered;
      bytes = 0;
    }
  }
  if (gathered && bytes > 0) yield gathered.subarray(0, bytes);
}

/**
 * Gives a finished temporary file its name, in one step. With `ifAbsent` it returns undefined when the name is
 * taken; link(2) decides that, because it never replaces a file. The temporary name is removed in any case.
 * Returns the folders that must be synced before the name is durable.
 */
export async function publishFile(
  temporary: string,
  path: string,
  ifAbsent: boolean,
): Promise<readonly string[] | undefined> {
  const publish = async () => {
    if (ifAbsent) return await linkIfAbsent(temporary, path);
    await rename(temporary, path);
    return true;
  };
  try {
    let firstCreated: string | undefined;
    const isPublished = await publish().catch(async (error: unknown) => {
      if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw error;
      firstCreated = await makeFolders(dirname(path));
      return await publish();
    });
    return isPublished ? unsyncedFolders(dirname(path), firstCreated) : undefined;
  } finally {
    await removeTemporary(temporary);
  }
}

/** What is written, and not durable yet. */
export interface WrittenFile {
  /** Must be awaited: makes the bytes durable, and rejects if they cannot be. */
  readonly durable: Promise<void>;
  /** The folders that must be synced before the name is durable. */
  readonly folders: readonly string[];
}

/**
 * Writes a few bytes under their name at once. Whoever reads it in this moment may see half of them, so it is for objects that nobody
 * looks at before another object names them. The calls that only fill the system's own memory are made here and now: to have
 * other threads make them takes ten times as long. Undefined when the name is taken.
 */
export async function writeUnseen(
  path: string,
  bytes: Uint8Array,
  { guard, prepareRoot }: Omit<WritingOptions, 'signal'>,
): Promise<WrittenFile | undefined> {
  const create = async () => openSync(path, 'wx', 0o600);
  let firstCreated: string | undefined;
  const file = await create().catch(async (error: unknown) => {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST' && !(await guard(() => lstat(path))).isDirectory()) return undefined;
    if (!['ENOENT', 'ENOTDIR'].includes(code)) return await guard(() => Promise.reject(error));
    await prepareRoot();
    return await guard(async () => {
      firstCreated = await makeFolders(dirname(path));
      return await create();
    });
  });
  if (file === undefined) return undefined;
  try {
    await guard(async () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    });
  } catch (error) {
    // The error tells what happened. Closing may report it again, and removing may fail for the same reason.
    for (const call of [() => closeSync(file), () => unlinkSync(path)]) {
      try {
        call();
      } catch {}
    }
    throw error;
  }
  const synced = async () => {
    try {
      await promisify(fsync)(file);
    } finally {
      closeSync(file);
    }
  };
  const durable = guard(synced);
  return { durable, folders: unsyncedFolders(dirname(path), firstCreated) };
}

/** Removes files of processes that died more than a day ago. If that fails, writing goes on. */
export async function sweepTemporaries(root: string, now = Date.now()): Promise<void> {
  const folder = join(root, TEMPORARY_FOLDER);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found && now - found.mtimeMs > STALE_AFTER_MS) await removeTemporary(join(folder, name));
  }
}

/**
 * Creates a folder and its missing parents. Returns the topmost folder that it created, or undefined. Node's
 * own recursive mkdir reports a read-only file system as ENOENT, and never ends where a folder that is there
 * answers ENOENT, as /proc and some automounters do.
 */
export async function makeFolders(path: string, mode = 0o700): Promise<string | undefined> {
  let first: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const made = await makeFolder(path, mode);
      return first ?? made;
    } catch (error) {
      // Somebody else may have removed the parent in between, but not each time.
      if (systemCode(error) !== 'ENOENT' || path === dirname(path) || attempt === MOST_ATTEMPTS) throw error;
    }
    const above = await makeFolders(dirname(path), mode);
    first ??= above;
  }
}

/** Undefined if it is there already. */
async function makeFolder(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && (await stat(path)).isDirectory()) return undefined;
    throw error;
  }
}

async function linkIfAbsent(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const code = systemCode(error) ?? '';
    // Over NFS the answer to a successful link can get lost. The retry then finds the name taken, by this
    // process.
    if (code === 'EEXIST') {
      if ((await stat(temporary)).nlink > 1) return true;
      if ((await stat(path)).isDirectory()) throw error;
      return false;
    }
    if (!['EPERM', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    throw Object.assign(new Error('link: the file system knows no hard links', { cause: error }), {
      code: 'ENOTSUP',
    });
  }
}

/** A new name is durable once its folder is synced, and a new folder once its parent is synced. */
function unsyncedFolders(folder: string, firstCreated: string | undefined): string[] {
  const last = firstCreated === undefined ? folder : dirname(firstCreated);
  const folders: string[] = [];
  for (let current = folder; ; current = dirname(current)) {
    folders.push(current);
    if (current === last || current === dirname(current)) return folders;
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Some file systems (network ones, FUSE) do not support fsync of a folder.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF'].includes(systemCode(error) ?? ''))
      throw error;
  } finally {
    await folder.close();
  }
}

async function removeTemporary(path: string): Promise<void> {
  // It may have been renamed already. If it cannot be removed, the next sweep after a day tries again.
  await unlink(path).catch(() => undefined);
}
