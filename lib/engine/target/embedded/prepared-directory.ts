import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../../../package.json' with { type: 'json' };
import { packDirectory, unpackDirectory } from './packed-directory.ts';

/**
 * Where prepared data directories are kept: among the installed packages, where only users who could change
 * the code itself can write. The bundle of a function has none: its directory is new each time, and the
 * output of initdb is never the same twice, so a bundle with it would change with each synthesis.
 */
const KEPT = cacheOf(import.meta.url);

function cacheOf(module: string): string | undefined {
  if (module.endsWith('.ts'))
    return fileURLToPath(new URL('../../../../node_modules/.cache/lifeboat/', module));
  // The bundle of a checkout's command is in this directory itself (lib/bundle/command-bundle.ts).
  const [cache] = /^.*\/node_modules\/\.cache\/lifeboat\//.exec(module) ?? [];
  if (cache !== undefined) return fileURLToPath(cache);
  // An installed package is beside it.
  const [, packages] = /^(.*\/node_modules\/)pg-lifeboat\/dist\//.exec(module) ?? [];
  return packages && fileURLToPath(`${packages}.cache/lifeboat/`);
}

/** Changes with what is left out of the prepared directory. */
const CONTENT = 2;
/**
 * Files of `template1` and `template0` (pg_database.dat): two thirds of all files, and nobody makes databases of them here. Their folders
 * stay, with PG_VERSION.
 */
const OF_A_TEMPLATE = /^base\/[14]\/(?!PG_VERSION$)/;

/** The file's name contains what it was made of and how, so that it cannot be mistaken for another. */
export function preparedFile(initdbArguments: readonly string[]): string | undefined {
  if (KEPT === undefined) return undefined;
  const made = JSON.stringify([CONTENT, manifest.devDependencies['@electric-sql/pglite'], initdbArguments]);
  return join(KEPT, `data-directory-${createHash('sha256').update(made).digest('hex').slice(0, 16)}.zst`);
}

/**
 * Fills an empty data directory from a prepared one. Returns false if there is none, or if it is damaged; the
 * data directory is then empty.
 */
export async function usePrepared(file: string, dataDirectory: string): Promise<boolean> {
  const packed = await readFile(file).catch(() => undefined);
  if (!packed) return false;
  try {
    await unpackDirectory(packed, dataDirectory);
    return true;
  } catch {
    await rm(file, { force: true }).catch(() => {});
    for (const name of await readdir(dataDirectory)) await rm(join(dataDirectory, name), { recursive: true });
    return false;
  }
}

/** Keeps a data directory that initdb just created. A failure to keep it is ignored. */
export async function keepPrepared(file: string, dataDirectory: string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(unfinished, await packDirectory(dataDirectory, (path) => !OF_A_TEMPLATE.test(path)));
    await rename(unfinished, file);
  } catch {
    await rm(unfinished, { force: true }).catch(() => {});
  }
}
