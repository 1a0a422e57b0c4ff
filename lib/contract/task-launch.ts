/** The container that a task's program runs in: its variables say what to do. */
export const MAIN_CONTAINER = 'lifeboat';

/** The folder of a task's code in its containers. */
export const BUNDLE_FOLDER = '/lifeboat';

/** What backs a source up. */
export const COMPUTES = ['auto', 'function', 'task'] as const;
export type ComputeName = (typeof COMPUTES)[number];

/** `auto`: a task makes only what does not fit into the function. `task`: it makes everything. */
export type TaskUse = Exclude<ComputeName, 'function'>;

/** How a function starts a task: the value of its variable, as JSON. */
export interface TaskLaunch {
  readonly when: TaskUse;
  /** ARN. */
  readonly cluster: string;
  /** ARN, with the revision. */
  readonly definition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly publicIp: boolean;
  /** The size of the task, from which its cost follows. */
  readonly vcpu: number;
  readonly memoryGb: number;
  /** How long a backup may take before alarms fire. */
  readonly hours: number;
}

/**
 * The exit codes of a task's program, as those of a drill's: none is one with which Node ends by itself (1: it could not
 * start; 143: SIGTERM came before the program could take it). Any other code is a death that nobody has reported.
 */
export const TASK_EXIT = {
  done: 0,
  /** The run failed: its log says why, and the metrics have been told. */
  failed: 3,
  /** It was stopped by SIGTERM, and ended in an orderly way: nothing was sealed. */
  stopped: 4,
} as const;
