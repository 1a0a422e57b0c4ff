import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProgramName } from './function-names.ts';

/** `dist` of the package, as the construct's bundle in `dist/construct` finds it. */
const DIST = join(import.meta.dirname, '..');

/** The folder that functions are made from, for CDK. */
export const FUNCTION_SOURCES = join(DIST, 'functions');

/** A file that a function loads at run time. */
export interface LoadedFile {
  /** Its path below the asset's root, and below `dist/engine`: the package has each file once. */
  readonly path: string;
  readonly sha256: string;
}

/**
 * Puts the code of a function into `directory`: its modules, which were bundled when the package was made, and
 * the files that they load, which the command loads, too. In the package, this takes the place of
 * assemble-function.ts, so no app needs a bundler.
 */
export function assembleFunction(name: ProgramName, directory: string): void {
  cpSync(join(FUNCTION_SOURCES, name), directory, { recursive: true });
  const files = JSON.parse(readFileSync(join(FUNCTION_SOURCES, `${name}.json`), 'utf8')) as LoadedFile[];
  for (const { path, sha256 } of files) {
    const content = readFileSync(join(DIST, 'engine', path));
    // A damaged file would be deployed without a word, and PGlite hangs on some of them.
    if (createHash('sha256').update(content).digest('hex') !== sha256) {
      throw new Error(
        `${join(DIST, 'engine', path)} is not the file that pg-lifeboat was published with. Remove node_modules/pg-lifeboat and install it again.`,
      );
    }
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}
