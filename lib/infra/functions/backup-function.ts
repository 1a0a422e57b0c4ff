import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { FunctionSizeSettings } from '../environment/shared-settings.ts';
import type { LaunchableTask } from '../task/backup-task.ts';
import { launchStatements, launchVariables } from '../task/launch.ts';
import { type BackupSettings, backupStatements, backupVariables } from './backup-rights.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { TRUST_AMAZON } from './network.ts';
import { BACKUP_EVENT_AGE, RUN_TIME } from './time-limits.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link BackupFunction} is made from. */
export interface BackupFunctionProps extends BackupSettings {
  readonly size: FunctionSizeSettings;
  readonly logRetention: RetentionDays;
  readonly deadLetters: DeadLetterQueue;
  /** The task for what does not fit into the function. @default - there is none */
  readonly task?: LaunchableTask;
}

/**
 * Backs up one source. Each source has its own function: it can read only that source's secret and write only
 * below its prefixes, runs in its network, has its own size, and a fault in it affects no other source.
 */
export class BackupFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: BackupFunctionProps) {
    const { task } = props;
    super(scope, id, {
      handlerName: 'backup',
      description: `Lifeboat: backs up ${props.source} (${props.environment})`,
      variables: {
        ...backupVariables(props),
        ...TRUST_AMAZON,
      },
      statements: [...backupStatements(scope, props), ...(task ? launchStatements(task) : [])],
      timeout: RUN_TIME,
      maximumEventAge: BACKUP_EVENT_AGE,
      memoryMb: props.size.memoryMb ?? 2048,
      temporaryStorageMb: props.size.temporaryStorageMb ?? 512,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
      ...(props.network && { network: props.network }),
    });
    if (!task) return;
    // The function's own security groups are among the places that a task is told.
    for (const [name, value] of Object.entries(launchVariables(task, this.function, props.network))) {
      this.function.addEnvironment(name, value);
    }
  }
}
