import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { FunctionSizeSettings } from '../environment/shared-settings.ts';
import type { HeartbeatProps } from '../props/heartbeat-props.ts';
import type { DrillTask } from '../task/drill-task.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { type DrillRights, drillStatements, drillVariables } from './drill-rights.ts';
import { readSecret } from './read-secret.ts';
import { DRILL_EVENT_AGE, RUN_TIME } from './time-limits.ts';
import { VaultFunction } from './vault-function.ts';

/** The most /tmp that Lambda offers. It costs money only while a drill runs. */
export const DEFAULT_DRILL_ROOM_MB = 10_240;

/** What a {@link RestoreDrillFunction} is made from. */
export interface RestoreDrillFunctionProps extends DrillRights {
  readonly size: FunctionSizeSettings;
  /** The secret with the address of a monitor outside. @default - none is told */
  readonly heartbeat?: HeartbeatProps;
  readonly logRetention: RetentionDays;
  readonly deadLetters: DeadLetterQueue;
  /** The task for what the function cannot prove. @default - there is none */
  readonly task?: DrillTask;
}

/**
 * Restores a backup of one source into a database inside its own process, and compares it. It has no secret
 * but the key of encrypted backups, and no VPC, so it cannot reach the source: it proves a backup from the vault alone.
 */
export class RestoreDrillFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: RestoreDrillFunctionProps) {
    const { task } = props;
    super(scope, id, {
      handlerName: 'restore-drill',
      description: `Lifeboat: restore drill of ${props.source} (${props.environment})`,
      variables: {
        ...drillVariables(props),
        ...task?.launchVariables(scope),
        ...(props.heartbeat && {
          [FUNCTION_VARIABLES.heartbeatSecretArn]: props.heartbeat.secret.secretArn,
        }),
      },
      statements: [
        ...drillStatements(scope, props),
        ...(task?.launchStatements() ?? []),
        ...(props.heartbeat
          ? readSecret(scope, props.heartbeat.secret, props.heartbeat.secretKey, 'Heartbeat')
          : []),
      ],
      timeout: RUN_TIME,
      maximumEventAge: DRILL_EVENT_AGE,
      memoryMb: props.size.memoryMb ?? 2048,
      temporaryStorageMb: props.size.temporaryStorageMb ?? DEFAULT_DRILL_ROOM_MB,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
    });
  }
}
