import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import * as v from 'valibot';
import {
  clusterOf,
  RESTORE_TASK_VARIABLES,
  type RestorePlace,
  restoreFamily,
} from '../../contract/restore-task.ts';
import { MAIN_CONTAINER } from '../../contract/task-launch.ts';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';

const place = v.object({
  subnets: v.array(v.string()),
  securityGroups: v.array(v.string()),
  publicIp: v.boolean(),
});

export interface RestoreToStart {
  /** Of `lifeboat restore`, without vault and target. */
  readonly arguments: readonly string[];
  readonly targetSecretArn: string;
  /** Who asks, for the record of the restore. */
  readonly by: string;
}

/** How a task is. */
export interface RestoreState {
  /** `PROVISIONING`, `PENDING`, `RUNNING`, … `STOPPED`. */
  readonly status: string;
  /** Of the command in the task. Undefined as long as it runs, and if it never began. */
  readonly exitCode: number | undefined;
  readonly reason: string | undefined;
}

/** The restores that run in tasks of one environment. */
export class RestoreTasks implements AsyncDisposable {
  readonly environment: string;
  readonly #ecs = new ECSClient({ maxAttempts: 5 });
  readonly #logs = new CloudWatchLogsClient({ maxAttempts: 5 });
  readonly #signal: AbortSignal;
  #definition: TaskDefinition | undefined;
  #nextToken: string | undefined;

  constructor(environment: string, signal: AbortSignal) {
    this.environment = environment;
    this.#signal = signal;
  }

  /** Starts a restore, and resolves to the id of its task. */
  async start(restore: RestoreToStart): Promise<string> {
    const definition = await this.#define();
    const input = startInput(this.environment, definition, restore);
    const { tasks = [], failures = [] } = await this.#ask(() =>
      this.#ecs.send(new RunTaskCommand(input), { abortSignal: this.#signal }),
    );
    const id = tasks[0]?.taskArn?.split('/').at(-1);
    if (id !== undefined) return id;
    throw new LifeboatError({
      code: 'on-aws-not-started',
      kind: 'target',
      what: `The task was not started: ${failures.map(({ reason = '?' }) => reason).join(', ')}.`,
      meaning: 'Nothing was restored.',
      remedy: 'Try again in a minute; the quota of Fargate vCPUs of the account must allow 2 more.',
    });
  }

  async state(id: string): Promise<RestoreState> {
    const { tasks = [] } = await this.#ask(() =>
      this.#ecs.send(new DescribeTasksCommand({ cluster: clusterOf(this.environment), tasks: [id] }), {
        abortSignal: this.#signal,
      }),
    );
    const [task] = tasks;
    if (!task) throw unknownTask(id, this.environment);
    return stateOf(task);
  }

  /** The lines that the command in the task has printed since the last call. */
  async newLines(id: string): Promise<string[]> {
    const { containerDefinitions = [] } = await this.#define();
    const program = containerDefinitions.find(({ name }) => name === MAIN_CONTAINER);
    const options = program?.logConfiguration?.options ?? {};
    const lines: string[] = [];
    for (;;) {
      const before = this.#nextToken;
      const page = await this.#ask(() =>
        this.#logs.send(
          new GetLogEventsCommand({
            logGroupName: options['awslogs-group'] ?? '',
            logStreamName: `${options['awslogs-stream-prefix']}/${MAIN_CONTAINER}/${id}`,
            startFromHead: true,
            ...(before === undefined ? {} : { nextToken: before }),
          }),
          { abortSignal: this.#signal },
        ),
      ).catch((error: unknown) => {
        // The stream is made when the container starts.
        if (error instanceof LifeboatError && error.code === 'on-aws-log-missing') return undefined;
        throw error;
      });
      if (!page) return lines;
      lines.push(...(page.events ?? []).map(({ message = '' }) => message));
      this.#nextToken = page.nextForwardToken;
      // At the end of a stream the same token comes back (Amazon CloudWatch Logs API Reference, GetLogEvents).
      if (page.nextForwardToken === undefined || page.nextForwardToken === before) return lines;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ecs.destroy();
    this.#logs.destroy();
  }

  async #define(): Promise<TaskDefinition> {
    if (this.#definition) return this.#definition;
    const { taskDefinition } = await this.#ask(() =>
      this.#ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: restoreFamily(this.environment) }), {
        abortSignal: this.#signal,
      }),
    );
    if (!taskDefinition) throw noTasks(this.environment);
    this.#definition = taskDefinition;
    return taskDefinition;
  }

  async #ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      this.#signal.throwIfAborted();
      throw awsFailure(error, this.environment);
    }
  }
}

/** What RunTask is asked for. */
export function startInput(
  environment: string,
  { taskDefinitionArn = '', containerDefinitions = [] }: TaskDefinition,
  restore: RestoreToStart,
): RunTaskCommandInput {
  const program = containerDefinitions.find(({ name }) => name === MAIN_CONTAINER);
  const written = program?.environment?.find(({ name }) => name === RESTORE_TASK_VARIABLES.place)?.value;
  const { subnets, securityGroups, publicIp } = placeFrom(written, environment);
  return {
    cluster: clusterOf(environment),
    taskDefinition: taskDefinitionArn,
    launchType: 'FARGATE',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        ...(securityGroups.length > 0 && { securityGroups: [...securityGroups] }),
        assignPublicIp: publicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    overrides: {
      containerOverrides: [
        {
          name: MAIN_CONTAINER,
          environment: [
            { name: RESTORE_TASK_VARIABLES.arguments, value: JSON.stringify(restore.arguments) },
            { name: RESTORE_TASK_VARIABLES.targetSecretArn, value: restore.targetSecretArn },
            { name: RESTORE_TASK_VARIABLES.by, value: restore.by },
          ],
        },
      ],
    },
  };
}

function placeFrom(json: string | undefined, environment: string): RestorePlace {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), place), json);
  if (read.success) return read.output;
  throw noTasks(environment);
}

function stateOf({ lastStatus = 'UNKNOWN', containers = [], stoppedReason }: Task): RestoreState {
  const program = containers.find(({ name }) => name === MAIN_CONTAINER);
  const reasons = [stoppedReason, ...containers.map(({ reason }) => reason)].filter((one) => one);
  return { status: lastStatus, exitCode: program?.exitCode, reason: reasons.join('; ') || undefined };
}

function awsFailure(error: unknown, environment: string): LifeboatError {
  if (error instanceof LifeboatError) return error;
  const name = error instanceof Error ? error.name : 'Error';
  if (name === 'ResourceNotFoundException') {
    return new LifeboatError({
      code: 'on-aws-log-missing',
      kind: 'target',
      what: 'The task has no log yet.',
    });
  }
  // ClientException is what a family that does not exist is answered with.
  if (name === 'ClientException' || name === 'ClusterNotFoundException') return noTasks(environment);
  if (name === 'AccessDeniedException') {
    return new LifeboatError({
      code: 'on-aws-denied',
      kind: 'target',
      what: `AWS denies access to the tasks of ${environment}: ${messageOf(error)}`,
      remedy:
        'Assume the restore role of the stack with MFA: its ARN is among the outputs (docs/restore.md).',
    });
  }
  return new LifeboatError({
    code: 'on-aws-unreachable',
    kind: 'target',
    what: `AWS did not answer as expected: ${name}: ${messageOf(error)}`,
    remedy: 'Check AWS_PROFILE and AWS_REGION: they must be those of the stack.',
  });
}

function noTasks(environment: string): LifeboatError {
  return new LifeboatError({
    code: 'on-aws-no-tasks',
    kind: 'usage',
    what: `No stack here has a task that restores into databases of ${environment}.`,
    meaning: 'Nothing was started.',
    remedy: `Set restoreOnAws with the secrets of the targets for this environment in bin/environments.ts, and deploy. Or restore from this machine: leave out --on-aws. If the stack has it, check AWS_PROFILE and AWS_REGION.`,
  });
}

function unknownTask(id: string, environment: string): LifeboatError {
  return new LifeboatError({
    code: 'on-aws-task-unknown',
    kind: 'usage',
    what: `ECS knows no task ${id} of ${environment}.`,
    meaning: 'It forgets a task about an hour after its end. The log keeps what it printed.',
    remedy: 'Check the id. `lifeboat restore --on-aws` prints it when it starts one.',
  });
}
