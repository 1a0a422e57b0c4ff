import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';

/** What goes into one function's code. Paths are absolute. */
export interface BundleInput {
  /** The module that exports `handler`. */
  readonly entry: string;
  /** Modules that run in worker threads: each becomes a file of its own, named as its source. */
  readonly workers: readonly string[];
  /** Where relative paths of the metafile start: the package's own directory. */
  readonly root: string;
}

/** The folder of the modules in the asset. Below the asset's root, for PGlite looks for contrib archives one level up. */
export const CODE_FOLDER = 'app';

/** The Lambda setting that names {@link CODE_FOLDER}'s entry. */
export const HANDLER = `${CODE_FOLDER}/index.handler`;

/** `new URL("./pglite.wasm", import.meta.url)`: how a module names a file that it loads at run time. */
const LOADED_FILE = /new URL\(\s*["']([^"']+\.(?:wasm|data|tar\.gz))["']\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/**
 * Bundles a function into `directory`: ESM for Node 24 with everything inside, the SDK too, so that what was tested is
 * what runs. Then copies every file that a bundled module loads from beside itself (WebAssembly, archives) to the place
 * where the bundle will look for it: a missing one makes PGlite hang, so not finding one is an error here.
 */
export function bundleFunction(input: BundleInput, directory: string): Metafile {
  const code = join(directory, CODE_FOLDER);
  const { metafile } = loadEsbuild().buildSync({
    ...OPTIONS,
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

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'error',
  // An optional native module that `pg` asks for only when told to.
  external: ['pg-native'],
  banner: {
    // CommonJS packages in an ES module call a `require` that is not there.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;

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

/** Loaded only when a bundle is made: template tests and `cdk ls` do without it. */
function loadEsbuild(): typeof import('esbuild') {
  try {
    return createRequire(import.meta.url)('esbuild');
  } catch (cause) {
    throw new Error(
      'esbuild is not installed, and without it the functions cannot be bundled. Install it beside pg-lifeboat: npm install --save-dev esbuild',
      { cause },
    );
  }
}
