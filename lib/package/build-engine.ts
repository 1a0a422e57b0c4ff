import { copyFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { BUNDLE_OPTIONS } from '../bundle/bundle-options.ts';
import { RUNBOOK, WORKERS } from '../bundle/command-bundle.ts';
import { loadEsbuild } from '../bundle/load-esbuild.ts';
import { copyLoadedFiles } from '../bundle/loaded-files.ts';
import { nameSourcesFrom } from '../bundle/source-maps.ts';
import { CODE_FOLDER } from '../infra/functions/function-names.ts';

/** The command, and the library `pg-lifeboat/engine`. */
const ENTRIES = [
  { in: 'bin/lifeboat.ts', out: 'lifeboat' },
  { in: 'lib/api/index.ts', out: 'index' },
];

/**
 * Bundles the command and the library into `directory`. They share their modules, so an error of the one is an
 * error of the other. The files that PGlite and pg_dump load lie where they do in a function's asset, and the page that
 * `lifeboat runbook` fills beside the command. Returns
 * the paths of what went in.
 */
export function buildEngine(root: string, directory: string): string[] {
  const code = join(directory, CODE_FOLDER);
  const { metafile } = loadEsbuild().buildSync({
    ...BUNDLE_OPTIONS,
    // The functions run on Node 24, but people have 22, too.
    target: 'node22',
    absWorkingDir: root,
    entryPoints: [...ENTRIES, ...WORKERS.map((source) => ({ in: source, out: basename(source, '.ts') }))],
    outdir: code,
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    metafile: true,
  });
  nameSourcesFrom(root, code);
  const inputs = Object.keys(metafile.inputs);
  copyLoadedFiles(
    inputs.map((input) => resolve(root, input)),
    code,
  );
  copyFileSync(join(root, RUNBOOK), join(code, basename(RUNBOOK)));
  return inputs;
}
