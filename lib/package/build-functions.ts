import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assembleFunction } from '../infra/functions/assemble-function.ts';
import type { LoadedFile } from '../infra/functions/assemble-prebuilt-function.ts';
import { PROGRAM_WORKERS, type ProgramName } from '../infra/functions/function-names.ts';

/**
 * Bundles every function and every program of a task into `dist/functions`, as a checkout does. The files that it loads are not kept a
 * second time: they are those in `dist/engine`, which must be there. Returns the paths of what went in.
 */
export function buildFunctions(dist: string): string[] {
  const names = Object.keys(PROGRAM_WORKERS) as ProgramName[];
  return names.flatMap((name) => {
    const asset = join(dist, 'functions', name);
    const { inputs, loadedFiles } = assembleFunction(name, asset);
    const files = loadedFiles.map((path): LoadedFile => {
      const content = readFileSync(join(asset, path));
      if (!content.equals(readFileSync(join(dist, 'engine', path)))) {
        throw new Error(`the ${path} of the function ${name} is not the one of the command`);
      }
      rmSync(join(asset, path));
      return { path, sha256: createHash('sha256').update(content).digest('hex') };
    });
    writeFileSync(join(dist, 'functions', `${name}.json`), `${JSON.stringify(files, null, 2)}\n`);
    return Object.keys(inputs);
  });
}
