import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BUNDLE_OPTIONS } from './bundle-options.ts';
import { loadEsbuild } from './load-esbuild.ts';

const COMMAND = 'bin/lifeboat.ts';

/**
 * Modules that run in worker threads. `lib/engine/ground/worker-file.ts` looks for them beside the command.
 */
export const WORKERS = [
  'lib/engine/schema-dump/pg-dump-worker.ts',
  'lib/engine/target/embedded/embedded-worker.ts',
];

/** `lifeboat runbook` fills this page; lib/present/markdown/template-file.ts looks for it beside the command. */
export const RUNBOOK = 'docs/runbook.md';

/**
 * Packages that load WebAssembly and archives from their own folder, so that they stay outside the bundle.
 */
const NOT_INSIDE = ['@electric-sql/*'];

/** `npm ci` and `npm install` rewrite this file, and packages that they change may be in the bundle. */
const INSTALLED = 'node_modules/.package-lock.json';

/**
 * Bundles the command into `directory`, and replaces what is there. Node loads the few files of the bundle
 * faster than a thousand modules and packages (measured, a backup of 10 MB: 0.92 instead of 1.07 s). Names
 * are not shortened, so that stacks stay readable.
 *
 * `sources.json` lists the files that the bundle was made from. If one of them has changed,
 * `bin/lifeboat.mjs` runs the sources instead.
 */
export function bundleCommand(root: string, directory: string): void {
  const made = mkdtempSync(join(dirname(directory), 'command-'));
  try {
    const { metafile } = loadEsbuild().buildSync({
      ...BUNDLE_OPTIONS,
      absWorkingDir: root,
      entryPoints: [COMMAND, ...WORKERS].map((source) => ({ in: source, out: basename(source, '.ts') })),
      outdir: made,
      splitting: true,
      minifyWhitespace: true,
      minifySyntax: true,
      external: [...BUNDLE_OPTIONS.external, ...NOT_INSIDE],
      metafile: true,
    });
    copyFileSync(join(root, RUNBOOK), join(made, basename(RUNBOOK)));
    const own = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/'));
    const sources = [...own, INSTALLED, RUNBOOK].map((path) => stateOf(root, path));
    writeFileSync(join(made, 'sources.json'), JSON.stringify(sources));
    // Only its owner can read a temporary directory, but every user who may run the command must be able to.
    chmodSync(made, 0o755);
    rmSync(directory, { recursive: true, force: true });
    renameSync(made, directory);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function stateOf(root: string, path: string): [path: string, sizeBytes: number, modifiedMs: number] {
  const { size, mtimeMs } = statSync(join(root, path));
  return [path, size, mtimeMs];
}
