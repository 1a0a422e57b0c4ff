import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type {
  EnvironmentSettings,
  SourceSettings,
} from '../../lib/infra/environment/environment-settings.ts';
import { InvalidEnvironmentsError } from '../../lib/infra/environment/invalid-environments-error.ts';
import { readEnvironments } from '../../lib/infra/environment/read-environments.ts';
import { resolve } from './support/intrinsics.ts';
import { nestedStack } from './support/nested.ts';
import { isAllowed, roleStatements, type Statement } from './support/policy.ts';
import { resource, resources, stackOf } from './support/synthesized.ts';

const source = (more: Partial<SourceSettings> = {}): SourceSettings => ({
  name: 'app',
  secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
  ...more,
});
const settings = (...sources: SourceSettings[]): EnvironmentSettings => ({
  sources,
  notifications: { emails: ['ada@example.com'] },
});
const inVpc = {
  vpc: {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a'],
    subnetIds: ['subnet-0123456789abcdef0'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  },
};

function made(...sources: SourceSettings[]) {
  const stack = stackOf(settings(...sources));
  const tasks = nestedStack(stack, 'Tasks');
  const ends = nestedStack(stack, 'TaskEnds');
  return {
    stack,
    template: Template.fromStack(stack),
    tasks: tasks && Template.fromStack(tasks),
    ends: ends && Template.fromStack(ends),
  };
}

/** The parts that every test needs: made once. */
const plain = made(source());
const { template, tasks, ends } = plain;
if (!tasks || !ends) throw new Error('there are no tasks');

function launchOf(from: Template): Record<string, unknown> {
  const [, { Properties }] = resource(from, 'AWS::Lambda::Function', /SourceappBackupFunction/);
  const { Variables } = resolve(Properties.Environment) as { Variables: Record<string, string> };
  return JSON.parse(Variables.LIFEBOAT_TASK ?? 'null') as Record<string, unknown>;
}

describe('the task of a source', () => {
  const [, { Properties }] = resource(tasks, 'AWS::ECS::TaskDefinition', /Backup/);
  const definition = resolve(Properties) as Record<string, unknown> & {
    ContainerDefinitions: Array<Record<string, unknown> & { Command: string[] }>;
  };

  it('is one on Fargate, on ARM64, with a public image', () => {
    expect(definition).toMatchObject({
      ...{ RequiresCompatibilities: ['FARGATE'], NetworkMode: 'awsvpc', Cpu: '2048', Memory: '4096' },
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    for (const container of definition.ContainerDefinitions) {
      expect(container).toMatchObject({
        ...{ Image: 'public.ecr.aws/lambda/nodejs:24', EntryPoint: ['node'] },
        ...{ ReadonlyRootFilesystem: true, Privileged: false },
        LinuxParameters: { InitProcessEnabled: true, Capabilities: { Drop: ['ALL'] } },
        LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-stream-prefix': 'app' } },
      });
    }
  });

  it('fetches its code first, and runs it as a user without rights who cannot change it', () => {
    const [fetch, main] = definition.ContainerDefinitions;
    expect(fetch).toMatchObject({
      ...{ Name: 'fetch', Essential: false, User: '0:0' },
      MountPoints: [{ SourceVolume: 'bundle', ContainerPath: '/lifeboat', ReadOnly: false }],
    });
    expect(main).toMatchObject({
      ...{ Name: 'lifeboat', Essential: true, User: '1000:1000', StopTimeout: 120 },
      DependsOn: [{ ContainerName: 'fetch', Condition: 'SUCCESS' }],
      MountPoints: [{ SourceVolume: 'bundle', ContainerPath: '/lifeboat', ReadOnly: true }],
    });
    expect(fetch?.Command.at(-3)).toMatch(
      /^https:\/\/s3\.dualstack\.eu-central-1\.amazonaws\.com\/cdk-.*\.(json|zip)$/,
    );
    // Amazon ECS Developer Guide, "Amazon ECS service quotas": 64 KiB for a definition.
    expect(JSON.stringify(definition).length).toBeLessThan(16_384);
  });

  it.each([
    [{ vcpu: 1 }, '1024', '2048'],
    [{ vcpu: 4, memoryGb: 30 }, '4096', '30720'],
    [{ vcpu: 16 }, '16384', '32768'],
  ])('has the size of %j', (taskSize, Cpu, Memory) => {
    const { tasks: ofSize } = made(source({ taskSize }));
    ofSize?.hasResourceProperties('AWS::ECS::TaskDefinition', { Cpu, Memory });
  });

  it('may do exactly what the backup function may, and read its code', () => {
    const bySid = (statements: Statement[]) =>
      new Map(statements.map((one) => [one.Sid, JSON.stringify(one)]));
    const ofTask = bySid(roleStatements(tasks, /BackupappTaskRole/));
    const ofFunction = bySid(roleStatements(template, /SourceappBackupRole/));
    const ofOneOnly = (one: Map<unknown, string>, other: Map<unknown, string>) =>
      [...one.keys()].filter((sid) => !other.has(sid)).sort();
    expect(ofOneOnly(ofTask, ofFunction)).toEqual(['ReadBundle']);
    expect(ofOneOnly(ofFunction, ofTask)).toEqual(['PassRole', 'RunTask', 'SendDeadLetters', 'WriteLog']);
    for (const [sid, text] of ofTask) {
      if (sid === 'ReadBundle') continue;
      const { Action, Condition } = JSON.parse(text) as Statement;
      const twin = JSON.parse(ofFunction.get(sid) ?? '{}') as Statement;
      expect(Action, sid).toEqual(twin.Action);
      expect(Object.keys(Condition ?? {}), sid).toEqual(Object.keys(twin.Condition ?? {}));
    }
    const [bundle] = roleStatements(tasks, /BackupappTaskRole/).filter(({ Sid }) => Sid === 'ReadBundle');
    expect(bundle).toMatchObject({
      Action: 's3:GetObject',
      Resource: expect.stringMatching(/\/[0-9a-f]{64}\.\w+$/),
    });
  });

  it('is started by ECS with a role that writes logs, and nothing else', () => {
    const statements = roleStatements(tasks, /ExecutionRole/);
    expect(statements.flatMap(({ Action }) => Action)).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });
});

describe('the function of a source', () => {
  const statements = roleStatements(template, /SourceappBackupRole/);
  const named = (sid: string) => statements.find(({ Sid }) => Sid === sid);

  it('may start its own task, in its own cluster, and pass that task’s two roles', () => {
    const launch = launchOf(template);
    const run = named('RunTask');
    const context = { 'ecs:cluster': String(launch.cluster) };
    const may = (resourceArn: string, where: object = context) =>
      isAllowed(statements, { action: 'ecs:RunTask', resource: resourceArn, context: { ...where } });
    expect(may(String(run?.Resource))).toBe(true);
    expect(String(run?.Resource)).toBe(launch.definition);
    expect(may(`${String(run?.Resource)}1`)).toBe(false);
    expect(may(String(run?.Resource), { 'ecs:cluster': 'arn:other' })).toBe(false);
    const pass = named('PassRole');
    expect(pass?.Resource).toHaveLength(2);
    expect(pass?.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
  });

  it('hears how its task ends, in every way', () => {
    const [, { Properties }] = resource(ends, 'AWS::Events::Rule', /Backupapp/);
    expect(Properties.EventPattern).toMatchObject({
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: { group: ['family:lifeboat-production-app-backup'], lastStatus: ['STOPPED'] },
    });
    tasks.hasResourceProperties('AWS::ECS::TaskDefinition', { Family: 'lifeboat-production-app-backup' });
    const [, permission] = resource(ends, 'AWS::Lambda::Permission', /Backupapp/);
    expect(permission.Properties).toMatchObject({ Principal: 'events.amazonaws.com' });
  });
});

describe('the network', () => {
  it('of a source without a VPC is the stack’s own: dual-stack, nothing that costs at rest, nothing that listens', () => {
    const types = Object.values(tasks.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );
    expect(types.filter((type) => /Nat|EIP|FlowLog/.test(type))).toEqual([]);
    const [, endpoint] = resource(tasks, 'AWS::EC2::VPCEndpoint', /S3/);
    expect(endpoint.Properties.VpcEndpointType).toBe('Gateway');
    const subnets = resources(tasks, 'AWS::EC2::Subnet');
    expect(subnets).toHaveLength(2);
    for (const [, { Properties }] of subnets) expect(Properties).toHaveProperty('Ipv6CidrBlock');
    const routes = resources(tasks, 'AWS::EC2::Route').map(([, { Properties }]) => Properties);
    expect(routes.some(({ DestinationIpv6CidrBlock }) => DestinationIpv6CidrBlock === '::/0')).toBe(true);
    const groups = resources(tasks, 'AWS::EC2::SecurityGroup');
    for (const [, { Properties }] of groups) expect(Properties.SecurityGroupIngress ?? []).toEqual([]);
    expect(tasks.findResources('AWS::EC2::SecurityGroupIngress')).toEqual({});
    expect(launchOf(template)).toMatchObject({ publicIp: true, when: 'auto' });
  });

  it('of a source with a VPC is that one, with the function’s groups, and no other is made', () => {
    const { template: within, tasks: their } = made(source(inVpc));
    expect(their?.findResources('AWS::EC2::VPC')).toEqual({});
    expect(launchOf(within)).toMatchObject({
      ...{ subnets: inVpc.vpc.subnetIds, securityGroups: inVpc.vpc.securityGroupIds, publicIp: false },
    });
  });
});

it('compute "function" makes nothing of all that', () => {
  const { tasks: none, ends: noEnds, template: only } = made(source({ compute: 'function' }));
  expect([none, noEnds]).toEqual([undefined, undefined]);
  expect(launchOf(only)).toBeNull();
  expect(
    Object.keys(only.findResources('AWS::CloudFormation::Stack')).filter((id) => /Task/.test(id)),
  ).toEqual([]);
});

it.each([
  [{ compute: 'lambda' }, 'compute', /should be "auto", "function" or "task"/],
  [{ compute: 'function', taskSize: { vcpu: 2 } }, 'taskSize', /is for a task, but compute is "function"/],
  [{ taskSize: { vcpu: 3 } }, 'taskSize.vcpu', /3 is not one of 1, 2, 4, 8, 16/],
  [{ taskSize: { vcpu: 2, memoryGb: 2 } }, 'taskSize.memoryGb', /2 is not from 4 to 16/],
  [{ taskSize: { vcpu: 8, memoryGb: 18 } }, 'taskSize.memoryGb', /steps of 4/],
  [{ taskSize: { hours: 49 } }, 'taskSize.hours', /49 is not a whole number from 1 to 48/],
])('refuses %j', (more, path, says) => {
  const attempt = () => readEnvironments({ production: settings(source(more)) }, undefined, new Date());
  expect(attempt).toThrow(InvalidEnvironmentsError);
  expect(attempt).toThrow(`sources[0].${path}`);
  expect(attempt).toThrow(says);
});

it('the program that fetches the code needs nothing but Node', () => {
  const program = readFileSync('lib/infra/task/fetch-bundle.mjs', 'utf8');
  const imports = [...program.matchAll(/from '([^']+)'/g)].map(([, name]) => name);
  expect(imports.length).toBeGreaterThan(2);
  expect(imports.filter((name) => !name?.startsWith('node:'))).toEqual([]);
});
