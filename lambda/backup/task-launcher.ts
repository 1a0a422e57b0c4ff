import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { ConflictException, ECSClient, RunTaskCommand } from '@aws-sdk/client-ecs';
import { FUNCTION_VARIABLES } from '../../lib/contract/function-variables.ts';
import { MAIN_CONTAINER, type TaskLaunch } from '../../lib/contract/task-launch.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import type { BackupOrder } from './backup-event.ts';

/** Answers or fails within seconds: a network without a way to ECS must not cost the time that is left. */
const ecs = new ECSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
});

/** Fargate may lack capacity for a moment. */
const TRIES = 3;
const WAIT_MS = 2000;

/** Starts the task of a source. */
export class TaskLauncher {
  readonly launch: TaskLaunch;

  constructor(launch: TaskLaunch) {
    this.launch = launch;
  }

  /**
   * Starts a task for this backup, and returns its ARN. The backup's name is the request's token, so a slot that is
   * delivered twice starts one task. Throws `task-not-started`.
   */
  async start(order: BackupOrder): Promise<string> {
    let why = '';
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      try {
        const { tasks = [], failures = [] } = await ecs.send(this.#command(order, attempt));
        const arn = tasks[0]?.taskArn;
        if (arn !== undefined) return arn;
        why = failures.map(({ reason, detail }) => detail ?? reason ?? '').join('; ') || 'ECS gave no reason';
      } catch (error) {
        // The same backup, started with other settings: by the stack as it was before a deployment.
        const [running] = error instanceof ConflictException ? (error.resourceIds ?? []) : [];
        if (running !== undefined) return running;
        throw notStarted(order, messageOf(error));
      }
      logger.warn('the task was not started', { attempt, why });
      if (attempt < TRIES) await setTimeout(WAIT_MS);
    }
    throw notStarted(order, why);
  }

  #command(order: BackupOrder, attempt: number): RunTaskCommand {
    const { cluster, definition, subnets, securityGroups, publicIp } = this.launch;
    return new RunTaskCommand({
      cluster,
      taskDefinition: definition,
      launchType: 'FARGATE',
      count: 1,
      // 64 characters at most (Amazon ECS API Reference, "Ensuring idempotency"). An attempt that failed needs a new one.
      clientToken: createHash('sha256')
        .update(`${nameOfBackup(order.place)} ${attempt}`)
        .digest('hex'),
      startedBy: 'lifeboat',
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...subnets],
          securityGroups: [...securityGroups],
          assignPublicIp: publicIp ? 'ENABLED' : 'DISABLED',
        },
      },
      overrides: {
        containerOverrides: [
          {
            name: MAIN_CONTAINER,
            environment: [{ name: FUNCTION_VARIABLES.taskOrder, value: JSON.stringify(order) }],
          },
        ],
      },
    });
  }
}

function notStarted({ place }: BackupOrder, why: string): LifeboatError {
  return new LifeboatError({
    code: 'task-not-started',
    kind: 'internal',
    what: `No task could be started for the backup ${nameOfBackup(place)}: ${why}.`,
    meaning: 'The backup does not fit into a function, so there is no backup of this slot.',
    remedy:
      'If the function runs in your VPC, it must be able to reach ECS (a NAT gateway, or the VPC endpoint of ECS). If the account’s quota of Fargate vCPUs is used up, ask AWS for more. Then invoke the backup function by hand.',
  });
}
