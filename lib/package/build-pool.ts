import { BUNDLE_OPTIONS } from '../bundle/bundle-options.ts';
import { loadEsbuild } from '../bundle/load-esbuild.ts';
import { nameSourcesFrom } from '../bundle/source-maps.ts';

/**
 * Bundles the pool into `directory`. `pg` stays outside: the pool must be of the class that the application has.
 * Returns the paths of what went in.
 */
export function buildPool(root: string, directory: string): string[] {
  const { metafile } = loadEsbuild().buildSync({
    ...BUNDLE_OPTIONS,
    target: 'node22',
    absWorkingDir: root,
    entryPoints: [{ in: 'lib/pool/index.ts', out: 'index' }],
    outdir: directory,
    external: ['pg'],
    sourcemap: true,
    metafile: true,
  });
  nameSourcesFrom(root, directory);
  return Object.keys(metafile.inputs);
}
