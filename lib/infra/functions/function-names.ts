/** A function of the stack: the name of its handler in `lambda`. */
export type FunctionName =
  | 'backup'
  | 'restore-drill'
  | 'sentinel'
  | 'keeper'
  | 'health'
  | 'health-endpoint'
  | 'notify'
  | 'status-page'
  | 'scrub-list'
  | 'scrub-check'
  | 'scrub-end'
  | 'capture'
  | 'slot-watch'
  | 'export';

/** A program that a task of the stack runs: the name of its module in `task`, and `-task`. */
export type TaskName = 'backup-task' | 'drill-task' | 'restore-task';

export type ProgramName = FunctionName | TaskName;

/** Every function, with the modules of the engine that run in its worker threads. */
export const FUNCTION_WORKERS: Readonly<Record<FunctionName, readonly string[]>> = {
  backup: ['pg-dump-worker'],
  'restore-drill': ['embedded-worker'],
  sentinel: [],
  keeper: [],
  notify: [],
  'scrub-list': [],
  'scrub-check': [],
  'scrub-end': [],
  health: [],
  'health-endpoint': [],
  'status-page': [],
  capture: [],
  'slot-watch': [],
  export: ['embedded-worker'],
};

/** Every task's program, with the modules of the engine that run in its worker threads. */
export const TASK_WORKERS: Readonly<Record<TaskName, readonly string[]>> = {
  'backup-task': ['pg-dump-worker'],
  'drill-task': [],
  'restore-task': ['pg-dump-worker'],
};

export const PROGRAM_WORKERS: Readonly<Record<ProgramName, readonly string[]>> = {
  ...FUNCTION_WORKERS,
  ...TASK_WORKERS,
};

/** The folder of the modules, below the asset's root: PGlite looks for contrib archives one level up. */
export const CODE_FOLDER = 'app';

/** The Lambda setting that names {@link CODE_FOLDER}'s entry. */
export const HANDLER = `${CODE_FOLDER}/index.handler`;
