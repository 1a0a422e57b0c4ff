import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';

/**
 * Amazon ECS and CloudWatch Logs for one task, on 127.0.0.1. The SDK's client validates nothing, so each request is held to the
 * published shapes, by name (Amazon ECS API Reference, RunTask, DescribeTasks, DescribeTaskDefinition; Amazon CloudWatch
 * Logs API Reference, GetLogEvents).
 */
export interface EcsServer {
  readonly environment: Record<string, string>;
  /** Every request, by operation. */
  readonly requests: { readonly operation: string; readonly body: Record<string, unknown> }[];
  /** The definition that there is. Undefined: none. */
  definition: object | undefined;
  /** The task as DescribeTasks tells it, one answer after the other; the last one stays. */
  states: object[];
  /** What the container has printed by each call. */
  lines: string[][];
  stop(): Promise<void>;
}

const string = v.string();
const pair = v.strictObject({ name: string, value: string });
const shapes = {
  RunTask: v.strictObject({
    cluster: string,
    taskDefinition: string,
    launchType: v.literal('FARGATE'),
    group: v.optional(v.pipe(string, v.maxLength(255))),
    platformVersion: v.optional(string),
    clientToken: v.optional(v.pipe(string, v.maxLength(64))),
    networkConfiguration: v.strictObject({
      awsvpcConfiguration: v.strictObject({
        subnets: v.pipe(v.array(string), v.minLength(1), v.maxLength(16)),
        securityGroups: v.optional(v.pipe(v.array(string), v.minLength(1), v.maxLength(5))),
        assignPublicIp: v.picklist(['ENABLED', 'DISABLED']),
      }),
    }),
    overrides: v.pipe(
      v.strictObject({
        cpu: v.optional(v.pipe(string, v.digits())),
        memory: v.optional(v.pipe(string, v.digits())),
        taskRoleArn: v.optional(string),
        ephemeralStorage: v.optional(
          v.strictObject({ sizeInGiB: v.pipe(v.number(), v.integer(), v.minValue(21), v.maxValue(200)) }),
        ),
        containerOverrides: v.array(v.strictObject({ name: string, environment: v.array(pair) })),
      }),
      // "A total of 8192 characters are allowed for overrides."
      v.check((overrides) => JSON.stringify(overrides).length <= 8192, 'too long'),
    ),
    volumeConfigurations: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            name: string,
            managedEBSVolume: v.strictObject({
              roleArn: string,
              volumeType: v.picklist(['gp3']),
              sizeInGiB: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16_384)),
              throughput: v.pipe(v.number(), v.integer(), v.maxValue(1000)),
              iops: v.pipe(v.number(), v.integer(), v.minValue(3000), v.maxValue(16_000)),
              encrypted: v.boolean(),
              filesystemType: v.picklist(['ext3', 'ext4', 'xfs', 'ntfs']),
              terminationPolicy: v.strictObject({ deleteOnTermination: v.boolean() }),
            }),
          }),
        ),
        v.length(1),
      ),
    ),
  }),
  DescribeTasks: v.strictObject({ cluster: string, tasks: v.pipe(v.array(string), v.maxLength(100)) }),
  DescribeTaskDefinition: v.strictObject({ taskDefinition: string }),
  GetLogEvents: v.strictObject({
    logGroupName: string,
    logStreamName: string,
    startFromHead: v.boolean(),
    nextToken: v.optional(string),
  }),
};

export const TASK_ID = '0123456789abcdef0123456789abcdef';

export async function startEcsServer(): Promise<EcsServer> {
  let looks = 0;
  const http = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) as keyof typeof shapes;
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    const read = v.safeParse(shapes[operation], body);
    const answer = read.success
      ? answers[operation](body)
      : {
          status: 400,
          __type: 'InvalidParameterException',
          message: `${operation}: ${v.getDotPath(read.issues[0])} ${read.issues[0].message}`,
        };
    server.requests.push({ operation, body });
    const { status = 200, ...rest } = answer as { status?: number };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(rest));
  });
  const taskArn = `arn:aws:ecs:eu-central-1:123456789012:task/lifeboat-production/${TASK_ID}`;
  const answers: Record<keyof typeof shapes, (body: Record<string, unknown>) => object> = {
    RunTask: () => ({ tasks: [{ taskArn, lastStatus: 'PROVISIONING' }], failures: [] }),
    DescribeTasks: ({ tasks }) => {
      if (!(tasks as string[]).includes(TASK_ID)) return { tasks: [], failures: [{ reason: 'MISSING' }] };
      const state = server.states[Math.min(looks, server.states.length - 1)];
      looks += 1;
      return { tasks: [{ taskArn, ...state }] };
    },
    DescribeTaskDefinition: () =>
      server.definition
        ? { taskDefinition: server.definition }
        : { status: 400, __type: 'ClientException', message: 'Unable to describe task definition.' },
    GetLogEvents: ({ nextToken }) => {
      const at = nextToken === undefined ? 0 : Number(nextToken);
      const lines = server.lines[at];
      if (server.lines.length === 0)
        return { status: 400, __type: 'ResourceNotFoundException', message: 'no stream' };
      if (!lines) return { events: [], nextForwardToken: nextToken };
      return { events: lines.map((message) => ({ message })), nextForwardToken: String(at + 1) };
    },
  };
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: EcsServer = {
    environment: {
      AWS_ENDPOINT_URL_ECS: endpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
    },
    requests: [],
    definition: undefined,
    states: [],
    lines: [],
    async stop() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}
