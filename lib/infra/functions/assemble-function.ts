import { globSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunction, type FunctionBundle } from './function-bundle.ts';
import { PROGRAM_WORKERS, type ProgramName } from './function-names.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The folder that functions are made from, for CDK. */
export const FUNCTION_SOURCES = join(ROOT, 'lambda');

/**
 * Puts the code of a function, whose handler is `lambda/<name>.ts`, or of a task's program, `task/<name>.ts` without
 * `-task`, into `directory`. This is the one of a checkout, which bundles the sources. In the package,
 * assemble-prebuilt-function.ts takes its place.
 */
export function assembleFunction(name: ProgramName, directory: string): FunctionBundle {
  const source = name.endsWith('-task') ? `task/${name.slice(0, -'-task'.length)}` : `lambda/${name}`;
  return bundleFunction(
    {
      entry: join(ROOT, `${source}.ts`),
      workers: PROGRAM_WORKERS[name].map(workerSource),
      root: ROOT,
    },
    directory,
  );
}

/**
 * Finds the source of a worker. The engine looks for workers beside its bundle
 * (lib/engine/ground/worker-file.ts).
 */
function workerSource(name: string): string {
  const [found, ...others] = globSync(`lib/engine/**/${name}.ts`, { cwd: ROOT });
  if (found === undefined || others.length > 0) {
    throw new Error(
      `lib/engine has ${found === undefined ? 'no' : 'more than one'} ${name}.ts to run in a worker thread`,
    );
  }
  return join(ROOT, found);
}
