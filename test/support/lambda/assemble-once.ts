import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assembleFunction as assemble } from '../../../lib/infra/functions/assemble-function.ts';
import type { FunctionBundle } from '../../../lib/infra/functions/function-bundle.ts';
import type { ProgramName } from '../../../lib/infra/functions/function-names.ts';
import { runDirectory } from '../run-directory.ts';

export { FUNCTION_SOURCES } from '../../../lib/infra/functions/assemble-function.ts';

const LOOK_AGAIN_MS = 50;
/** Whoever makes it may have died. */
const PATIENCE_MS = 120_000;

/**
 * Stands in for assemble-function.ts in tests (vitest.config.ts): a run bundles each program once, and all stacks that its workers
 * synthesize get copies (measured: 13 s of processor time for the programs of one stack).
 */
export function assembleFunction(name: ProgramName, directory: string): FunctionBundle {
  const run = runDirectory();
  if (run === undefined) return assemble(name, directory);
  const made = join(run, 'assembled', name);
  if (!existsSync(made) && !make(name, made)) return assemble(name, directory);
  cpSync(join(made, 'code'), directory, { recursive: true });
  return JSON.parse(readFileSync(join(made, 'bundle.json'), 'utf8')) as FunctionBundle;
}

/** Makes it, or waits for the worker that does; false if that one did not end well. */
function make(name: ProgramName, made: string): boolean {
  const making = `${made}.making`;
  mkdirSync(dirname(made), { recursive: true });
  try {
    mkdirSync(making);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const deadline = performance.now() + PATIENCE_MS;
    while (existsSync(making) && performance.now() < deadline) sleep(LOOK_AGAIN_MS);
    return existsSync(made);
  }
  try {
    const bundle = assemble(name, join(making, 'code'));
    writeFileSync(join(making, 'bundle.json'), JSON.stringify(bundle));
    renameSync(making, made);
    return true;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** The CDK bundles synchronously. */
function sleep(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
