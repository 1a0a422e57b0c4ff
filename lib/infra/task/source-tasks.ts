import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { DrillServers } from './drill-servers.ts';
import { TaskEnds } from './task-ends.ts';
import { Tasks } from './tasks.ts';

/** The stacks of tasks below a construct. Each is made when a source first asks for it. */
export class SourceTasks {
  readonly #scope: Construct;
  readonly #environment: string;
  readonly #logRetention: RetentionDays;
  #tasks: Tasks | undefined;
  #ends: TaskEnds | undefined;
  #drillServers: DrillServers | undefined;

  constructor(scope: Construct, environment: string, logRetention: RetentionDays) {
    this.#scope = scope;
    this.#environment = environment;
    this.#logRetention = logRetention;
  }

  get tasks(): Tasks {
    this.#tasks ??= new Tasks(this.#scope, 'Tasks', {
      environment: this.#environment,
      logRetention: this.#logRetention,
    });
    return this.#tasks;
  }

  /** The servers of drills, made when a source first drills in a task. */
  get drillServers(): DrillServers {
    this.#drillServers ??= new DrillServers(this.tasks, 'DrillServers', {
      ...{ tasks: this.tasks, environment: this.#environment },
    });
    return this.#drillServers;
  }

  get ends(): TaskEnds {
    this.#ends ??= new TaskEnds(this.#scope, 'TaskEnds', { environment: this.#environment });
    return this.#ends;
  }
}
