import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { AwsError } from './aws-error.ts';
import { CloudWatch } from './cloudwatch.ts';
import { DynamoTable } from './dynamo-table.ts';

/** Who asks for what, as IAM would be asked. */
export interface AwsAccess {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

/** What was published to a topic. */
export interface Published {
  readonly topic: string;
  readonly subject: string;
  readonly message: string;
}

/** The little that the functions need of five services, on 127.0.0.1. */
export interface AwsServer {
  readonly cloudWatch: CloudWatch;
  /** The one table that there is. */
  readonly table: DynamoTable;
  /** What topics were told. */
  readonly published: Published[];
  /** By ARN. */
  readonly secrets: Map<string, string>;
  /** CreationDate by name. */
  readonly schedules: Map<string, Date>;
  /** The tasks that were started, by the token of the request. */
  readonly tasks: Map<string, StartedTask>;
  /** The asynchronous invocations that were accepted: function and event. */
  readonly invoked: Array<{ readonly name: string; readonly event: unknown }>;
  /** Why RunTask starts nothing; undefined if it does. */
  noTaskBecause: string | undefined;
  /** Every request, `secretsmanager:GetSecretValue`, in the order they came. */
  readonly requests: readonly string[];
  /** Decides who may do what; everybody may do everything unless it is set. */
  allows: (access: AwsAccess) => boolean;
  /** What a process needs to find this server. */
  environment(): Record<string, string>;
  stop(): Promise<void>;
}

/** A task that RunTask has started. */
export interface StartedTask {
  readonly arn: string;
  /** What it was told, as its program gets it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly request: Readonly<Record<string, unknown>>;
}

type Body = Readonly<Record<string, unknown>>;

export async function startAwsServer(): Promise<AwsServer> {
  const cloudWatch = new CloudWatch();
  const table = new DynamoTable();
  const published: Published[] = [];
  const invoked: AwsServer['invoked'] = [];
  const requests: string[] = [];

  function check(action: string, resource: string, context: Record<string, string> = {}): void {
    requests.push(action);
    if (!server.allows({ action, resource, context })) {
      throw new AwsError(403, 'AccessDeniedException', `not authorized to perform: ${action} on ${resource}`);
    }
  }

  /** The target is what the JSON protocols name an operation by. */
  function operate(target: string, body: Body): object {
    const operation = target.slice(target.indexOf('.') + 1);
    if (target.startsWith('DynamoDB_')) {
      check(`dynamodb:${operation}`, `arn:${String(body.TableName)}`);
      return table.operate(operation, body);
    }
    switch (operation) {
      case 'PutMetricData':
        check('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': String(body.Namespace) });
        cloudWatch.put(body);
        return {};
      case 'GetMetricData':
        check('cloudwatch:GetMetricData', '*');
        return cloudWatch.get(body);
      case 'ListMetrics':
        check('cloudwatch:ListMetrics', '*');
        return cloudWatch.list(body);
      case 'DescribeAlarms':
        check('cloudwatch:DescribeAlarms', '*');
        return cloudWatch.describeAlarms(body);
      case 'SetAlarmState':
        check('cloudwatch:SetAlarmState', `arn:${String(body.AlarmName)}`);
        return cloudWatch.setAlarmState(body);
      case 'RunTask':
        return runTask(body);
      case 'GetSecretValue': {
        const arn = String(body.SecretId);
        check('secretsmanager:GetSecretValue', arn);
        const secret = server.secrets.get(arn);
        if (secret === undefined) throw new AwsError(400, 'ResourceNotFoundException', 'no such secret');
        return { ARN: arn, Name: arn, SecretString: secret, VersionStages: ['AWSCURRENT'] };
      }
      default:
        throw new AwsError(400, 'UnknownOperationException', `${target} is not known here`);
    }
  }

  /** As ECS: the same token starts nothing more, and with other parameters it is refused. */
  function runTask(body: Body): object {
    const definition = String(body.taskDefinition);
    check('ecs:RunTask', definition, { 'ecs:cluster': String(body.cluster) });
    if (server.noTaskBecause !== undefined)
      return { tasks: [], failures: [{ reason: server.noTaskBecause }] };
    const token = String(body.clientToken);
    const known = server.tasks.get(token);
    if (known && JSON.stringify(known.request) !== JSON.stringify(body)) {
      throw new AwsError(400, 'ConflictException', 'the token is in use with other parameters');
    }
    const { containerOverrides } = body.overrides as {
      containerOverrides: [{ environment: { name: string; value: string }[] }];
    };
    const task = known ?? {
      arn: `arn:aws:ecs:eu-central-1:123456789012:task/lifeboat/${server.tasks.size + 1}`,
      variables: Object.fromEntries(
        containerOverrides[0].environment.map(({ name, value }) => [name, value]),
      ),
      request: body,
    };
    server.tasks.set(token, task);
    return { tasks: [{ taskArn: task.arn, lastStatus: 'PROVISIONING' }], failures: [] };
  }

  function getSchedule(name: string): object {
    check('scheduler:GetSchedule', `arn:${name}`);
    const created = server.schedules.get(name);
    if (!created) throw new AwsError(404, 'ResourceNotFoundException', `no schedule ${name}`);
    return { Name: name, GroupName: 'default', CreationDate: created.getTime() / 1000 };
  }

  /** Amazon SNS speaks the query protocol: a form, and XML. */
  function publish(form: URLSearchParams): string {
    const topic = form.get('TopicArn') ?? '';
    check('sns:Publish', topic);
    const subject = form.get('Subject') ?? '';
    // Amazon SNS API Reference, Publish.
    if (!/^[ -~]{1,100}$/.test(subject)) throw new AwsError(400, 'InvalidParameter', 'Subject');
    published.push({ topic, subject, message: form.get('Message') ?? '' });
    return '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';
  }

  async function answer(request: IncomingMessage): Promise<object | string> {
    const sent = await buffer(request);
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') return operate(target, JSON.parse(plain.toString()) as Body);
    if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      return publish(new URLSearchParams(plain.toString()));
    }
    const [, schedule] = /^\/schedules\/([^?]+)/.exec(request.url ?? '') ?? [];
    if (schedule !== undefined) return getSchedule(decodeURIComponent(schedule));
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
    if (name !== undefined) {
      check('lambda:InvokeFunction', `arn:${name}`);
      invoked.push({ name, event: JSON.parse(plain.toString()) });
      return {};
    }
    throw new AwsError(
      400,
      'UnknownOperationException',
      `${request.method} ${request.url} is not known here`,
    );
  }

  function send(response: ServerResponse, status: number, body: object | string): void {
    if (typeof body === 'string') {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
      return;
    }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  }

  const http = createServer((request, response) => {
    answer(request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const known = error instanceof AwsError ? error : new AwsError(500, 'InternalFailure', String(error));
        response.setHeader('x-amzn-errortype', known.code);
        send(response, known.status, { __type: known.code, message: known.message });
      },
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const server: AwsServer = {
    ...{ cloudWatch, table, published, invoked },
    secrets: new Map(),
    schedules: new Map(),
    tasks: new Map(),
    noTaskBecause: undefined,
    requests,
    allows: () => true,
    environment: () => ({
      AWS_ENDPOINT_URL_CLOUDWATCH: endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
      AWS_ENDPOINT_URL_SCHEDULER: endpoint,
      AWS_ENDPOINT_URL_ECS: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      AWS_ENDPOINT_URL_SNS: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    }),
    async stop() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}
