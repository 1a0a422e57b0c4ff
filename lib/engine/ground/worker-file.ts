import { extname } from 'node:path';

/**
 * The file of a worker thread. It lies beside the module that starts it and has the same ending: `.ts` when
 * Node runs the sources, `.mjs` or `.js` in a bundle. Every worker is a bundle entry of its own, named after
 * its source.
 */
export function workerFile(base: URL | string, name: string): URL {
  return new URL(`./${name}${extname(new URL(base).pathname)}`, base);
}
