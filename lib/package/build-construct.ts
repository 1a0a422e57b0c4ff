import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadEsbuild } from '../bundle/load-esbuild.ts';
import { nameSourcesFrom } from '../bundle/source-maps.ts';

/** The module that a checkout uses, and the one that a package has in its place. */
const FROM_SOURCES = /\/assemble-function\.ts$/;
/** The construct reads this file, which is the text of a task's command. */
const FETCH_PROGRAM = 'lib/infra/task/fetch-bundle.mjs';
const PREBUILT = 'lib/infra/functions/assemble-prebuilt-function.ts';

/**
 * Bundles the construct into `directory`, as one CommonJS module: `require` and `import` get the same classes
 * from it, so `instanceof` holds in an app that has both. aws-cdk-lib stays outside, because the app brings its
 * own. Returns the paths of what went in.
 */
export async function buildConstruct(root: string, directory: string): Promise<string[]> {
  const { metafile } = await loadEsbuild().build({
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    absWorkingDir: root,
    entryPoints: [{ in: 'lib/infra/index.ts', out: 'index' }],
    outdir: directory,
    external: ['aws-cdk-lib', 'constructs'],
    define: { 'import.meta.dirname': '__dirname' },
    legalComments: 'none',
    logLevel: 'error',
    keepNames: true,
    sourcemap: true,
    metafile: true,
    plugins: [
      {
        name: 'prebuilt functions',
        setup: (build) => {
          build.onResolve({ filter: FROM_SOURCES }, () => ({ path: join(root, PREBUILT) }));
        },
      },
    ],
  });
  nameSourcesFrom(root, directory);
  copyFileSync(join(root, FETCH_PROGRAM), join(directory, basename(FETCH_PROGRAM)));
  // The package is of ES modules, and this folder is not.
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  return Object.keys(metafile.inputs);
}
