import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { BUNDLE_OPTIONS } from '../../bundle/bundle-options.ts';
import { loadEsbuild } from '../../bundle/load-esbuild.ts';

/** The sources of one function's code. Paths are absolute. */
export interface BundleInput {
  /** The module that exports `handler`. */
  readonly entry: string;
  /** Modules that run in worker threads: each becomes a file of its own, named as its source. */
  readonly workers: readonly string[];
  /** The package's directory, where relative paths of the metafile start. */
  readonly root: string;
}

/** The folder of the modules, below the asset's root: PGlite looks for contrib archives one level up. */
export const CODE_FOLDER = 'app';

/** The Lambda setting that names {@link CODE_FOLDER}'s entry. */
export const HANDLER = `${CODE_FOLDER}/index.handler`;

/** `new URL("./pglite.wasm", import.meta.url)`: how a module names a file that it loads at run time. */
const LOADED_FILE = /new URL\(\s*["']([^"']+\.(?:wasm|data|tar\.gz))["']\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/**
 * Bundles a function into `directory`: ESM for Node 24 with everything inside, the SDK too, so that the code
 * that runs is the code that was tested. Then copies every file that a bundled module loads at run time
 * (WebAssembly, archives) to where the bundle looks for it. Throws if a file is missing, because a missing
 * file makes PGlite hang.
 */
export function bundleFunction(input: BundleInput, directory: string): Metafile {
  const code = join(directory, CODE_FOLDER);
  const { metafile } = loadEsbuild().buildSync({
    ...BUNDLE_OPTIONS,
    minify: true,
    // Shortened names would show in errors and logs.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    absWorkingDir: input.root,
    entryPoints: [
      { in: input.entry, out: 'index' },
      ...input.workers.map((worker) => ({ in: worker, out: basename(worker, '.ts') })),
    ],
    outdir: code,
    metafile: true,
  });
  for (const module of Object.keys(metafile.inputs)) copyLoadedFiles(resolve(input.root, module), code);
  return metafile;
}

function copyLoadedFiles(module: string, code: string): void {
  if (!/\.(?:m?js|m?ts)$/.test(module)) return;
  for (const [, reference = ''] of readFileSync(module, 'utf8').matchAll(LOADED_FILE)) {
    const from = resolve(dirname(module), reference);
    const to = resolve(code, reference);
    if (!existsSync(from)) throw new Error(`${module} loads ${reference}, which is not beside it`);
    if (existsSync(to) && !readFileSync(to).equals(readFileSync(from))) {
      throw new Error(`two different files of the bundle would be ${to}`);
    }
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
}
