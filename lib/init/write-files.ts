import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LifeboatError, messageOf } from '../engine/ground/errors.ts';
import type { WrittenFile } from './written-file.ts';

/** `git init` may come first. */
const MAY_BE_THERE = new Set(['.git']);
const MOST_NAMED = 5;

/** Refuses a directory that holds anything else than a new git repository. A missing one counts as empty. Throws `init-directory-not-empty`. */
export async function checkEmpty(directory: string): Promise<void> {
  const there = (await namesIn(directory)).filter((name) => !MAY_BE_THERE.has(name)).sort();
  if (there.length === 0) return;
  const named = there.slice(0, MOST_NAMED).map((name) => JSON.stringify(name));
  const more = there.length > MOST_NAMED ? ` and ${there.length - MOST_NAMED} more` : '';
  throw new LifeboatError({
    code: 'init-directory-not-empty',
    kind: 'usage',
    what: `The directory ${directory} is not empty: it holds ${named.join(', ')}${more}.`,
    meaning: 'Nothing was written. `lifeboat init` never writes over a file.',
    remedy: 'Name a new directory, such as `lifeboat init database-backups`.',
  });
}

/**
 * Writes all files, or none: what was written is removed again if one cannot be. Never writes over a file. Throws
 * `init-not-written`.
 */
export async function writeFiles(directory: string, files: readonly WrittenFile[]): Promise<void> {
  const written: string[] = [];
  try {
    for (const { path, text, mode = 0o644 } of files) {
      const full = join(directory, path);
      await makeDirectory(dirname(full));
      await writeFile(full, text, { flag: 'wx', mode });
      written.push(full);
    }
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true }).catch(() => {})));
    throw notWritten(directory, error);
  }
}

/**
 * Makes a directory and those above it. Not by `recursive` of Node.js 24, which tries for ever where the parent is
 * there and refuses with ENOENT, as /proc does.
 */
async function makeDirectory(directory: string): Promise<void> {
  const make = () => mkdir(directory).catch(unless('EEXIST'));
  const parent = dirname(directory);
  await make().catch(async (error: unknown) => {
    if (parent === directory) throw error;
    unless('ENOENT')(error);
    await makeDirectory(parent);
    await make();
  });
}

function unless(code: string) {
  return (error: unknown): void => {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
  };
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw notWritten(directory, error);
  }
}

function notWritten(directory: string, cause: unknown): LifeboatError {
  return new LifeboatError({
    code: 'init-not-written',
    kind: 'usage',
    what: `The files cannot be written into ${directory}: ${messageOf(cause)}.`,
    meaning: 'No file of it was kept.',
    remedy: 'Name a directory that you can write into.',
    cause,
  });
}
