import { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { TaskUse } from '../../contract/task-launch.ts';
import { type BackupSettings, backupStatements, backupVariables } from '../functions/backup-rights.ts';
import { BundleTask } from './bundle-task.ts';
import type { TaskPlace } from './task-network.ts';
import type { TaskSize } from './task-size.ts';
import type { Tasks } from './tasks.ts';

/** A task that a function can start. */
export interface LaunchableTask {
  readonly when: TaskUse;
  readonly task: BundleTask;
  readonly clusterArn: string;
  readonly size: TaskSize;
  /** Undefined: in the network of the function. */
  readonly place: TaskPlace | undefined;
}

/** What a {@link BackupTask} is made from. */
export interface BackupTaskProps extends BackupSettings {
  readonly tasks: Tasks;
  readonly when: TaskUse;
  readonly size: TaskSize;
}

/** Backs up one source that does not fit into a function: the same program, the same rights, more time. */
export class BackupTask extends Construct implements LaunchableTask {
  readonly when: TaskUse;
  readonly task: BundleTask;
  readonly clusterArn: string;
  readonly size: TaskSize;
  readonly place: TaskPlace | undefined;
  readonly family: string;

  constructor(scope: Construct, id: string, props: BackupTaskProps) {
    super(scope, id);
    const { tasks, environment, source, size, network } = props;
    this.when = props.when;
    this.size = size;
    this.clusterArn = tasks.host.cluster.attrArn;
    this.place = network ? undefined : tasks.network.place;
    this.family = `lifeboat-${environment}-${familyPart(source)}-backup`;
    this.task = new BundleTask(this, 'Task', {
      family: this.family,
      description: `Lifeboat: backs up ${source} in a task (${environment})`,
      bundle: tasks.bundle('backup-task'),
      host: tasks.host,
      vcpu: size.vcpu,
      memoryGb: size.memoryGb,
      logPrefix: source,
      variables: {
        ...backupVariables(props),
        [FUNCTION_VARIABLES.taskHours]: String(size.longestHours),
        [FUNCTION_VARIABLES.taskSize]: `${size.vcpu} ${size.memoryGb}`,
      },
      statements: backupStatements(this, props),
    });
  }
}

/**
 * A family takes letters, digits, hyphens and underscores (Amazon ECS API Reference, RegisterTaskDefinition). Names of two
 * sources differ in more than their punctuation.
 */
export function familyPart(source: string): string {
  return source.replaceAll('.', '_');
}
