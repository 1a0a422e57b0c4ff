import { ECSClient, RunTaskCommand, type RunTaskCommandInput } from '@aws-sdk/client-ecs';
import {
  DATA_VOLUME,
  DRILL_CONTAINERS,
  DRILL_TASK_VARIABLES,
  type DrillLaunch,
} from '../../lib/contract/drill-task.ts';
import { MAIN_CONTAINER } from '../../lib/contract/task-launch.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { majorOf } from '../../lib/engine/connection/server-major.ts';
import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import type { DrillTaskSize } from './drill-task-size.ts';

/** What a task is started with. */
export interface DrillOrder {
  readonly launch: DrillLaunch;
  /** `class/source/id` */
  readonly backup: string;
  readonly manifest: Pick<Manifest, 'server'>;
  readonly size: DrillTaskSize;
  /** Of the invocation that starts it: when it is repeated, the same task answers. */
  readonly requestId: string;
  /** Those of the function that the task must have too. The definitions serve all sources. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A started task is told by its id, which DescribeTasks and the console take. */
export interface StartedTask {
  readonly taskArn: string;
}

/** Starts the task that drills one backup. Throws `drill-task-not-started`. */
export async function startDrillTask(order: DrillOrder): Promise<StartedTask> {
  const { backup } = order;
  const client = new ECSClient({ maxAttempts: 5 });
  try {
    const { tasks = [], failures = [] } = await client.send(new RunTaskCommand(runTaskInput(order)));
    const taskArn = tasks[0]?.taskArn;
    if (taskArn !== undefined) return { taskArn };
    throw notStarted(backup, failures.map(({ reason = 'no reason' }) => reason).join(', ') || 'no reason');
  } catch (error) {
    if (error instanceof LifeboatError) throw error;
    throw notStarted(backup, `${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`);
  } finally {
    client.destroy();
  }
}

/** What RunTask is asked for. The image cannot be overridden, so each major has a definition. */
export function runTaskInput({
  launch,
  backup,
  manifest,
  size,
  requestId,
  variables,
}: DrillOrder): RunTaskCommandInput {
  const { server } = manifest;
  const family = launch.ownImage ? launch.family : `${launch.family}-${majorOf(server)}`;
  const locales = [...new Set([server.collate, server.ctype])].filter(
    (name) => name !== null && isLocale(name),
  );
  const environment = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => ({ name, value }));
  return {
    cluster: launch.cluster,
    taskDefinition: size.volumeGib === undefined ? family : `${family}-large`,
    group: launch.group,
    launchType: 'FARGATE',
    // Storage of a task's own and volumes need 1.4.0 (Amazon ECS Developer Guide, "Fargate platform versions").
    platformVersion: '1.4.0',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...launch.subnets],
        securityGroups: [...launch.securityGroups],
        assignPublicIp: launch.publicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    // Lambda repeats a failed invocation under the same id: that must not start a second task. Whoever invokes the function
    // again after a task has died must get a new one. At most 64 characters (Amazon ECS API Reference, RunTask).
    clientToken: `${requestId}-${backup.replaceAll('/', '-').slice(-27)}`,
    overrides: {
      cpu: size.cpu,
      memory: size.memory,
      taskRoleArn: launch.taskRole,
      ...(size.ephemeralGib !== undefined && { ephemeralStorage: { sizeInGiB: size.ephemeralGib } }),
      containerOverrides: [
        {
          name: MAIN_CONTAINER,
          environment: environment({
            ...variables,
            [DRILL_TASK_VARIABLES.backup]: backup,
            [DRILL_TASK_VARIABLES.jobs]: String(size.jobs),
            [DRILL_TASK_VARIABLES.hours]: String(launch.hours),
          }),
        },
        {
          name: DRILL_CONTAINERS.server,
          environment: environment({
            [DRILL_TASK_VARIABLES.memoryMb]: String(size.memoryMb),
            [DRILL_TASK_VARIABLES.walMb]: String(size.walMb),
            ...(locales.length > 0 && { [DRILL_TASK_VARIABLES.locales]: locales.join(' ') }),
          }),
        },
      ],
    },
    ...(size.volumeGib !== undefined && {
      volumeConfigurations: [
        {
          name: DATA_VOLUME,
          managedEBSVolume: {
            roleArn: launch.volumeRole,
            volumeType: 'gp3',
            sizeInGiB: size.volumeGib,
            // Four times what comes with the volume (Amazon EBS User Guide, "General Purpose SSD volumes"). It is paid by
            // the second.
            throughput: 500,
            iops: 6000,
            encrypted: true,
            filesystemType: 'ext4',
            terminationPolicy: { deleteOnTermination: true },
          },
        },
      ],
    }),
  };
}

/** Names that a shell takes as one word, and that are made of more than C and POSIX. */
function isLocale(name: string): boolean {
  return /^[A-Za-z]{2,8}_[A-Za-z0-9]+(?:\.[A-Za-z0-9-]+)?(?:@[A-Za-z]+)?$/.test(name);
}

function notStarted(backup: string, why: string): LifeboatError {
  return new LifeboatError({
    code: 'drill-task-not-started',
    kind: 'drill',
    what: `The task that should drill ${backup} was not started: ${why}.`,
    meaning: 'Nothing was proven. The backup is unchanged.',
    remedy:
      'RESOURCE:… and Capacity… pass by themselves: invoke the function again. AccessDenied: deploy the stack again. The cluster lifeboat-<environment> must exist, and the quota of Fargate vCPUs must allow the task.',
  });
}
