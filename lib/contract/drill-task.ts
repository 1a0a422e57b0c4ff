/** The containers of a drill's task, besides the program's own (task-launch.ts). */
export const DRILL_CONTAINERS = { prepare: 'prepare', server: 'postgres' } as const;

/** The folders that a drill's containers share. */
export const DRILL_FOLDERS = {
  /** The server's data. The program only looks at how much room there is. */
  data: '/drill/data',
  /** The server's password, made when the task starts, and gone with it. */
  secret: '/drill/secret',
} as const;

/**
 * The codes with which the program ends once it has told the metrics. Node itself ends with 1 when a program cannot even
 * begin, and a signal with 128 and its number: then nobody has told anything.
 */
export const DRILL_EXIT = { done: 0, failed: 3, stopped: 4, unsigned: 5 } as const;

export const PASSWORD_FILE = `${DRILL_FOLDERS.secret}/password`;
export const DRILL_SERVER_PORT = 5432;

/** Majors whose public image can be the server of a drill. */
export const DRILL_MAJORS = [13, 14, 15, 16, 17, 18, 19] as const;

/** Variables of a drill's task that the function sets when it starts one, beside those of the definition. */
export const DRILL_TASK_VARIABLES = {
  /** The program: `class/source/id` of the backup. */
  backup: 'LIFEBOAT_DRILL_BACKUP',
  /** The program: sessions at the server. */
  jobs: 'LIFEBOAT_DRILL_JOBS',
  /** The program: the hours after which it ends itself. */
  hours: 'LIFEBOAT_TASK_HOURS',
  /** Both: the port, for a machine where it is taken. A task has all ports for itself. */
  port: 'LIFEBOAT_SERVER_PORT',
  /** The server: memory of the task, in MB, of which it takes its share. */
  memoryMb: 'LIFEBOAT_SERVER_MEMORY_MB',
  /** The server: WAL that it may keep, in MB. */
  walMb: 'LIFEBOAT_SERVER_WAL_MB',
  /** The server: locales of the source that the image may lack, separated by blanks. */
  locales: 'LIFEBOAT_SERVER_LOCALES',
} as const;

/** How the drill function starts a task: the value of its variable, as JSON. */
export interface DrillLaunch {
  /** `auto`: only what the function cannot prove in full. `task`: everything. */
  readonly when: 'auto' | 'task';
  /** ARN. */
  readonly cluster: string;
  /**
   * The first part of the families: `-17` follows for the server's major, unless the image was chosen; `-large` for data
   * on a volume of its own.
   */
  readonly family: string;
  /** Whether the image was chosen, so that there is one family for all majors. */
  readonly ownImage: boolean;
  /** The group of the tasks, by which events of their ends are told from others. */
  readonly group: string;
  /** ARN of the role of the task: the rights of the drill function. */
  readonly taskRole: string;
  /** ARN of the role with which ECS makes and removes a volume. */
  readonly volumeRole: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly publicIp: boolean;
  /** The longest that the task runs. */
  readonly hours: number;
}

/** The volume of a definition whose data does not fit into a task's own storage. */
export const DATA_VOLUME = 'data';
