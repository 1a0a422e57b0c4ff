/** A function of the stack: the name of its handler in `lambda`. */
export type FunctionName = 'backup' | 'restore-drill' | 'sentinel' | 'keeper' | 'notify';

/** Every function, with the modules of the engine that run in its worker threads. */
export const FUNCTION_WORKERS: Readonly<Record<FunctionName, readonly string[]>> = {
  backup: ['pg-dump-worker'],
  'restore-drill': ['embedded-worker'],
  sentinel: [],
  keeper: [],
  notify: [],
};

/** The folder of the modules, below the asset's root: PGlite looks for contrib archives one level up. */
export const CODE_FOLDER = 'app';

/** The Lambda setting that names {@link CODE_FOLDER}'s entry. */
export const HANDLER = `${CODE_FOLDER}/index.handler`;
