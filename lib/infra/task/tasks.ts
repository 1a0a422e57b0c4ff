import { NestedStack } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { TaskName } from '../functions/function-names.ts';
import { TaskBundle } from './task-bundle.ts';
import { TaskHost } from './task-host.ts';
import { TaskNetwork } from './task-network.ts';

/** What {@link Tasks} are made from. */
export interface TasksProps {
  readonly environment: string;
  readonly logRetention: RetentionDays;
}

/**
 * The tasks of all sources: what outgrows a function. A stack of its own, because a stack holds only 500 resources.
 * What refers to functions of the stack above is in {@link TaskEnds}: those functions refer to this stack.
 */
export class Tasks extends NestedStack {
  readonly host: TaskHost;
  readonly #bundles = new Map<TaskName, TaskBundle>();
  #network: TaskNetwork | undefined;

  constructor(scope: Construct, id: string, props: TasksProps) {
    super(scope, id, { description: `Lifeboat: tasks of ${props.environment}` });
    this.host = new TaskHost(this, 'Host', props);
  }

  /** The network of sources without a VPC, made when the first of them needs it. */
  get network(): TaskNetwork {
    this.#network ??= new TaskNetwork(this, 'Network');
    return this.#network;
  }

  /** The code of a program, once for all sources. */
  bundle(name: TaskName): TaskBundle {
    const made = this.#bundles.get(name) ?? new TaskBundle(this, `Bundle-${name}`, { name });
    this.#bundles.set(name, made);
    return made;
  }
}
