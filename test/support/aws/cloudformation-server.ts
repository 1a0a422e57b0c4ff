import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A stack as CloudFormation knows it. */
export interface KnownStack {
  readonly outputs: Readonly<Record<string, string>>;
  /** Type and physical id of each. */
  readonly resources: ReadonlyArray<readonly [type: string, id: string]>;
}

/** The little of CloudFormation that the runbook asks for, on 127.0.0.1, by the AWS Query protocol. */
export interface CloudFormationServer {
  readonly stacks: Map<string, KnownStack>;
  /** Actions that are denied. */
  readonly denied: Set<string>;
  readonly requests: string[];
  /** What a process needs to find this server. */
  environment(): Record<string, string>;
  stop(): Promise<void>;
}

export async function startCloudFormationServer(): Promise<CloudFormationServer> {
  const stacks = new Map<string, KnownStack>();
  const denied = new Set<string>();
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const asked = new URLSearchParams(await text(request));
    const [action, name] = [asked.get('Action') ?? '', asked.get('StackName') ?? ''];
    requests.push(`${action} ${name}`);
    const stack = stacks.get(name);
    response.setHeader('content-type', 'text/xml');
    if (denied.has(action)) {
      response
        .writeHead(403)
        .end(failure('AccessDenied', `not authorized to perform: cloudformation:${action}`));
    } else if (!stack) {
      response.writeHead(400).end(failure('ValidationError', `Stack with id ${name} does not exist`));
    } else {
      response.writeHead(200).end(answer(action, asked.has('NextToken'), stack, name));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ stacks, denied, requests },
    environment: () => ({
      AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'anybody',
      AWS_SECRET_ACCESS_KEY: 'anything',
    }),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A page holds one resource, so that whoever reads only the first page misses some. */
function answer(
  action: string,
  isSecondPage: boolean,
  { outputs, resources }: KnownStack,
  name: string,
): string {
  const shown = isSecondPage ? resources.slice(1) : resources.slice(0, 1);
  const result =
    action === 'DescribeStacks'
      ? `<Stacks><member><StackName>${name}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-11-01T00:00:00Z</CreationTime><Outputs>${Object.entries(
          outputs,
        )
          .map(
            ([key, value]) =>
              `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
          )
          .join('')}</Outputs></member></Stacks>`
      : `<StackResourceSummaries>${shown
          .map(
            ([type, id]) =>
              `<member><LogicalResourceId>x</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>`,
          )
          .join(
            '',
          )}</StackResourceSummaries>${isSecondPage || resources.length < 2 ? '' : '<NextToken>more</NextToken>'}`;
  return `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result></${action}Response>`;
}

function failure(code: string, message: string): string {
  return `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
}
