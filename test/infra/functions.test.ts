import { describe, expect, it } from 'vitest';
import { resolve } from './support/intrinsics.ts';
import { resource, resources, templateOf } from './support/synthesized.ts';

const template = templateOf('production');
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf';
const VPC = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
};

function functionOf(from: typeof template, logicalId: RegExp) {
  const [id, found] = resource(from, 'AWS::Lambda::Function', logicalId);
  return { id, properties: resolve(found.Properties) as Record<string, unknown> };
}

const backup = functionOf(template, /SourceappBackupFunction/);
const drill = functionOf(template, /SourceappRestoreDrillFunction/);
const sentinel = functionOf(template, /SentinelFunction/);

function variables(properties: Record<string, unknown>): Record<string, string> {
  return (properties.Environment as { Variables: Record<string, string> }).Variables;
}

describe('functions', () => {
  it('are one backup and one drill for each source, one sentinel, one keeper, three of scrubs, and one of health where it is asked for', () => {
    expect(
      resources(template, 'AWS::Lambda::Function')
        .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))
        .sort(),
    ).toEqual([
      'HealthSourceappHealthFunction',
      'LifeboatKeeperFunction',
      'LifeboatSentinelFunction',
      'LifeboatSourceappBackupFunction',
      'LifeboatSourceappRestoreDrillFunction',
      'LifeboatSourcebillingBackupFunction',
      'LifeboatSourcebillingRestoreDrillFunction',
      'ScrubCheckFunction',
      'ScrubEndFunction',
      'ScrubListFunction',
    ]);
  });

  it('run Node 24 on ARM, from a bundle, without layers', () => {
    for (const { id, properties } of [backup, drill, sentinel]) {
      expect(properties, id).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'app/index.handler',
        Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps', UV_THREADPOOL_SIZE: '8' } },
      });
      expect(properties, id).not.toHaveProperty('Layers');
      expect(properties, id).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });

  it('have sizes by default, and settable ones', () => {
    expect(backup.properties).toMatchObject({
      Timeout: 900,
      MemorySize: 2048,
      EphemeralStorage: { Size: 512 },
    });
    expect(drill.properties).toMatchObject({
      Timeout: 900,
      MemorySize: 2048,
      EphemeralStorage: { Size: 10_240 },
    });
    expect(sentinel.properties).toMatchObject({ Timeout: 240, MemorySize: 512 });
    const sized = templateOf('development', {
      sources: [
        {
          name: 'app',
          secretArn: SECRET,
          backupSize: { memoryMb: 4096 },
          drillSize: { memoryMb: 8192, temporaryStorageMb: 2048 },
        },
      ],
    });
    expect(functionOf(sized, /BackupFunction/).properties).toMatchObject({ MemorySize: 4096 });
    expect(functionOf(sized, /RestoreDrillFunction/).properties).toMatchObject({
      MemorySize: 8192,
      EphemeralStorage: { Size: 2048 },
    });
  });

  it('are told what they work on, and no secret', () => {
    const [vaultId] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
    expect(variables(backup.properties)).toMatchObject({
      LIFEBOAT_ENVIRONMENT: 'production',
      LIFEBOAT_VAULT: `s3://${vaultId}`,
      LIFEBOAT_SOURCE: 'app',
      LIFEBOAT_SECRET_ARN:
        'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/app-AbCdEf',
    });
    expect(variables(drill.properties)).toMatchObject({
      LIFEBOAT_ENVIRONMENT: 'production',
      LIFEBOAT_VAULT: `s3://${vaultId}`,
      LIFEBOAT_SOURCE: 'app',
    });
    expect(variables(drill.properties)).not.toHaveProperty('LIFEBOAT_SECRET_ARN');
    // Only the one that talks to a database has to know the authority of RDS; loading them takes time at each start.
    expect(variables(backup.properties).NODE_EXTRA_CA_CERTS).toBe('/var/runtime/ca-cert.pem');
    expect(variables(drill.properties)).not.toHaveProperty('NODE_EXTRA_CA_CERTS');
    const [app] = resource(template, 'AWS::Scheduler::Schedule', /SourceappBackupSchedule/);
    const [appDrill] = resource(template, 'AWS::Scheduler::Schedule', /SourceappDrillSchedule/);
    const [billing] = resource(template, 'AWS::Scheduler::Schedule', /SourcebillingBackupSchedule/);
    const [billingDrill] = resource(template, 'AWS::Scheduler::Schedule', /SourcebillingDrillSchedule/);
    expect(JSON.parse(variables(sentinel.properties).LIFEBOAT_SOURCES ?? '')).toEqual([
      { name: 'app', backupSchedule: app, drillSchedule: appDrill },
      { name: 'billing', backupSchedule: billing, drillSchedule: billingDrill },
    ]);
    // A dynamic reference would put the secret's value into the function's settings, for everybody to read.
    expect(JSON.stringify(template.toJSON())).not.toContain('{{resolve:');
  });

  it('are not retried, do not wait long, and leave a dead letter when they fail', () => {
    const configurations = resources(template, 'AWS::Lambda::EventInvokeConfig').map(
      ([, { Properties }]) => resolve(Properties) as Record<string, unknown>,
    );
    for (const [{ id }, maximumAge, queue] of [
      [backup, 1800, /SourceappDeadLetterQueue/],
      [drill, 3600, /SourceappDeadLetterQueue/],
      [sentinel, 300, /SentinelDeadLetterQueue/],
    ] as const) {
      const [queueId] = resource(template, 'AWS::SQS::Queue', queue);
      expect(
        configurations.filter(({ FunctionName }) => FunctionName === id),
        id,
      ).toEqual([
        {
          FunctionName: id,
          Qualifier: '$LATEST',
          MaximumRetryAttempts: 0,
          MaximumEventAgeInSeconds: maximumAge,
          DestinationConfig: { OnFailure: { Destination: `arn:${queueId}` } },
        },
      ]);
    }
    expect(
      configurations.filter(({ FunctionName }) => !/^(Scrub|Health)/.test(String(FunctionName))),
    ).toHaveLength(6);
  });

  it('keep their logs for a time, each in a group of its own', () => {
    const groups = resources(template, 'AWS::Logs::LogGroup');
    for (const [id, group] of groups) expect(group.Properties.RetentionInDays, id).toBe(180);
    const used = [backup, drill, sentinel].map(
      ({ properties }) => (properties.LoggingConfig as { LogGroup: string }).LogGroup,
    );
    expect(new Set(used).size).toBe(3);
    for (const name of used) expect(groups.map(([id]) => id)).toContain(name);
  });

  it('leave dead letters in queues that are encrypted, closed to plain HTTP, and kept for two weeks', () => {
    const queues = resources(template, 'AWS::SQS::Queue');
    expect(queues).toHaveLength(3);
    for (const [id, queue] of queues) {
      expect(queue.Properties, id).toMatchObject({
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 1_209_600,
      });
    }
    // staging drills after each backup, and EventBridge has to send into the drill's queue.
    for (const from of [template, templateOf('staging')]) {
      for (const [id] of resources(from, 'AWS::SQS::Queue')) {
        const policies = resources(from, 'AWS::SQS::QueuePolicy').filter(([, policy]) =>
          (resolve(policy.Properties.Queues) as string[]).includes(id),
        );
        // A queue has one policy: the last that is set takes the place of the others.
        expect(policies, id).toHaveLength(1);
        expect(JSON.stringify(policies), id).toContain('"aws:SecureTransport":"false"');
      }
    }
    const [, ofDrill] = resource(templateOf('staging'), 'AWS::SQS::QueuePolicy', /SourceappDeadLetterPolicy/);
    const [rule] = resource(templateOf('staging'), 'AWS::Events::Rule', /DrillAfterBackup/);
    const { Statement } = resolve(ofDrill.Properties.PolicyDocument) as { Statement: object[] };
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': `arn:${rule}` } },
      }),
    );
  });
});

describe('networks', () => {
  it('are none by default: the database has a public address', () => {
    for (const { id, properties } of [backup, drill, sentinel])
      expect(properties, id).not.toHaveProperty('VpcConfig');
  });

  it('put the backup function beside its database, behind a security group that accepts nothing', () => {
    const inVpc = templateOf('development', { sources: [{ name: 'app', secretArn: SECRET, vpc: VPC }] });
    const [groupId, group] = resource(inVpc, 'AWS::EC2::SecurityGroup', /Backup/);
    expect(functionOf(inVpc, /BackupFunction/).properties.VpcConfig).toEqual({
      SubnetIds: VPC.subnetIds,
      SecurityGroupIds: [`${groupId}.GroupId`],
    });
    expect(group.Properties).not.toHaveProperty('SecurityGroupIngress');
  });

  it('can be dual-stack, for hosts that have IPv6 only', () => {
    const dualStack = templateOf('development', {
      sources: [{ name: 'app', secretArn: SECRET, vpc: { ...VPC, dualStack: true } }],
    });
    expect(functionOf(dualStack, /BackupFunction/).properties.VpcConfig).toMatchObject({
      Ipv6AllowedForDualStack: true,
    });
    expect(variables(functionOf(dualStack, /BackupFunction/).properties)).toMatchObject({
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
    });
    // The others run outside of the network.
    for (const name of [/RestoreDrillFunction/, /SentinelFunction|SentinelSentinelFunction/]) {
      expect(variables(functionOf(dualStack, name).properties)).not.toHaveProperty(
        'AWS_USE_DUALSTACK_ENDPOINT',
      );
    }
    expect(variables(backup.properties)).not.toHaveProperty('AWS_USE_DUALSTACK_ENDPOINT');
    dualStack.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0' }, { CidrIpv6: '::/0' }],
    });
  });

  it('take security groups that exist', () => {
    const own = templateOf('development', {
      sources: [
        { name: 'app', secretArn: SECRET, vpc: { ...VPC, securityGroupIds: ['sg-0123456789abcdef0'] } },
      ],
    });
    expect(functionOf(own, /BackupFunction/).properties.VpcConfig).toMatchObject({
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
    expect(Object.keys(own.findResources('AWS::EC2::SecurityGroup'))).toEqual([]);
  });
});
