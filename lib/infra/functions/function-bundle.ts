import { basename, join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { BUNDLE_OPTIONS } from '../../bundle/bundle-options.ts';
import { loadEsbuild } from '../../bundle/load-esbuild.ts';
import { copyLoadedFiles } from '../../bundle/loaded-files.ts';
import { nameSourcesFrom } from '../../bundle/source-maps.ts';
import { CODE_FOLDER } from './function-names.ts';

/** The sources of one function's code. Paths are absolute. */
export interface BundleInput {
  /** The module that exports `handler`. */
  readonly entry: string;
  /** Modules that run in worker threads: each becomes a file of its own, named as its source. */
  readonly workers: readonly string[];
  /** The package's directory, where relative paths of the metafile and of the source maps start. */
  readonly root: string;
}

/** What went into a bundle. */
export interface FunctionBundle {
  readonly inputs: Metafile['inputs'];
  /** Files that are loaded at run time, such as `app/pglite.wasm`: paths below the asset's root. */
  readonly loadedFiles: readonly string[];
}

/**
 * Bundles a function into `directory`: ESM for Node 24 with everything inside, the SDK too, so that the code
 * that runs is the code that was tested, and with the files that it loads at run time. The result depends on
 * nothing but the sources and packages, so it is the same in every directory.
 */
export function bundleFunction(input: BundleInput, directory: string): FunctionBundle {
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
  nameSourcesFrom(input.root, code);
  const modules = Object.keys(metafile.inputs).map((module) => resolve(input.root, module));
  const loadedFiles = copyLoadedFiles(modules, code).map((file) => join(CODE_FOLDER, file));
  return { inputs: metafile.inputs, loadedFiles };
}
