import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../../../package.json' with { type: 'json' };
import { packDirectory, unpackDirectory } from './packed-directory.ts';

/**
 * Where data directories are kept for the next time: among the installed packages, where only those can write who could
 * change the code itself. None in the bundle of a function: its directory is new each time, and what initdb makes is never the same
 * twice, so that a bundle which held it would be another one after each synthesis.
 */
const KEPT = cacheOf(import.meta.url);

function cacheOf(module: string): string | undefined {
  if (module.endsWith('.ts'))
    return fileURLToPath(new URL('../../../../node_modules/.cache/lifeboat/', module));
  // The bundle of the command lies there itself (lib/bundle/command-bundle.ts).
  const [cache] = /^.*\/node_modules\/\.cache\/lifeboat\//.exec(module) ?? [];
  return cache && fileURLToPath(cache);
}

/** What it was made of and how is in the name, so that it cannot be taken for anything else. */
export function preparedFile(initdbArguments: readonly string[]): string | undefined {
  if (KEPT === undefined) return undefined;
  const made = JSON.stringify([manifest.dependencies['@electric-sql/pglite'], initdbArguments]);
  return join(KEPT, `data-directory-${createHash('sha256').update(made).digest('hex').slice(0, 16)}.zst`);
}

/** Fills an empty data directory as initdb did once. False when there is none prepared, or it is damaged: it is empty then. */
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

/** Keeps a data directory that initdb just made; where that cannot be, it is done without. */
export async function keepPrepared(file: string, dataDirectory: string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(unfinished, await packDirectory(dataDirectory));
    await rename(unfinished, file);
  } catch {
    await rm(unfinished, { force: true }).catch(() => {});
  }
}
