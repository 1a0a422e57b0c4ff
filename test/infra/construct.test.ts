import { Duration, Size, Stack, TimeZone } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { ReadWriteType } from 'aws-cdk-lib/aws-cloudtrail';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ArnPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { METRICS, namespaceOf } from '../../lib/contract/metric-names.ts';
import {
  type AlarmActionStrategyProps,
  AlarmSeverity,
  DrillPlace,
  type IProtectedSource,
  PostgresBackup,
  type PostgresBackupProps,
  type SourceProps,
  Vault,
  type VaultAttributes,
} from '../../lib/infra/index.ts';
import { resolve } from './support/intrinsics.ts';
import { nestedTemplate } from './support/nested.ts';
import { appWithoutBundles, resource, resources } from './support/synthesized.ts';

const ENV = { account: '111122223333', region: 'eu-central-1' };

function shop(env: object = ENV): { stack: Stack; orders: SourceProps; users: SourceProps } {
  const stack = new Stack(appWithoutBundles(), 'Shop', { env });
  const secret = Secret.fromSecretNameV2(stack, 'Secret', 'shop/orders');
  return { stack, orders: { name: 'orders', secret }, users: { name: 'users', secret } };
}

function backupOf(props: Partial<PostgresBackupProps> = {}, { stack, orders } = shop()) {
  const backup = new PostgresBackup(stack, 'Backup', { environment: 'shop', sources: [orders], ...props });
  return { stack, backup, template: () => Template.fromStack(stack) };
}

const make = (props: Partial<PostgresBackupProps>) => () => backupOf(props);
const warnings = (stack: Stack) =>
  Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));

describe('sources', () => {
  it('are the same whether they are given or added', () => {
    const more: Partial<SourceProps> = { drillAfterBackup: true };
    const given = shop();
    new PostgresBackup(given.stack, 'Backup', {
      environment: 'shop',
      audit: ReadWriteType.WRITE_ONLY,
      sources: [
        given.orders,
        { ...given.users, drill: DrillPlace.OFF },
        { ...given.users, ...more, name: 'x' },
      ],
    });
    const added = shop();
    const backup = new PostgresBackup(added.stack, 'Backup', {
      environment: 'shop',
      audit: ReadWriteType.WRITE_ONLY,
    });
    backup.addSource(added.orders);
    backup.addSource({ ...added.users, drill: DrillPlace.OFF });
    backup.addSource({ ...added.users, ...more, name: 'x' });
    const template = Template.fromStack(added.stack);
    expect(template.toJSON()).toEqual(Template.fromStack(given.stack).toJSON());
    const page = nestedTemplate(added.stack, 'Dashboard');
    const [[, dashboard] = []] = resources(page, 'AWS::CloudWatch::Dashboard');
    const [, sentinel] = resource(template, 'AWS::Lambda::Function', /Sentinel/);
    for (const name of ['orders', 'users', 'x']) {
      expect(String(resolve(dashboard?.Properties.DashboardBody))).toContain(`## ${name}`);
      expect(JSON.stringify(resolve(sentinel.Properties.Environment))).toContain(`\\"name\\":\\"${name}`);
    }
  });

  it('that are added are checked like those that are given, and against them', () => {
    const { stack, orders, users } = shop();
    const backup = new PostgresBackup(stack, 'Backup', {
      ...{ environment: 'shop', sources: [orders] },
      alarms: false,
    });
    expect(() => backup.addSource(orders)).toThrow(
      'addSource(orders).name: "orders" is the name of sources[0] too',
    );
    expect(() =>
      backup.addSource({ ...users, schedule: ScheduleExpression.expression('cron(0 2 * * *)') }),
    ).toThrow('addSource(users).schedule: cron(0 2 * * *) has 5 fields');
    const monthly = ScheduleExpression.cron({ minute: '0', hour: '2', day: '1' });
    expect(() => backup.addSource({ ...users, schedule: monthly })).toThrow(
      'retention.daily.keep: 7 would leave no backup',
    );
    for (let index = 1; index < 15; index += 1) {
      backup.addSource({ ...users, name: `users${index}`, drill: DrillPlace.OFF });
    }
    expect(() => backup.addSource(users)).toThrow('16 are more than the 15');
    expect(backup.sources.map(({ name }) => name)).toHaveLength(15);
  });

  it('may be missing until the app is synthesized, and no longer', () => {
    const { stack } = shop();
    new PostgresBackup(stack, 'Backup', { environment: 'shop' });
    expect(() => Template.fromStack(stack)).toThrow('there is no database to protect');
  });

  it('have time zones by their schedules, and one for schedules without', () => {
    const { orders, stack } = shop();
    const cron = { minute: '0', hour: '4' };
    const { template } = backupOf(
      {},
      { stack, orders: { ...orders, timeZone: TimeZone.ASIA_TOKYO }, users: orders },
    );
    const zones = (from: Template) =>
      resources(from, 'AWS::Scheduler::Schedule')
        .filter(([id]) => id.includes('orders'))
        .map(([id, { Properties }]) => [
          /Drill/.test(id) ? 'drill' : 'backup',
          Properties.ScheduleExpressionTimezone,
        ])
        .toSorted();
    expect(zones(template())).toEqual([
      ['backup', 'Asia/Tokyo'],
      ['drill', 'Asia/Tokyo'],
    ]);
    const other = shop();
    const schedule = ScheduleExpression.cron({ ...cron, timeZone: TimeZone.EUROPE_BERLIN });
    const made = backupOf({}, { ...other, orders: { ...other.orders, schedule } });
    expect(zones(made.template())).toEqual([
      ['backup', 'Europe/Berlin'],
      ['drill', 'UTC'],
    ]);
  });

  it('say in the names of props what is not whole', () => {
    const { orders } = shop();
    expect(make({ retention: { daily: { keep: Duration.hours(60) } } })).toThrow(
      'retention.daily.keep: should be a whole number of days',
    );
    expect(make({ retention: { undelete: Duration.hours(1) } })).toThrow(
      'retention.undelete: should be a whole',
    );
    expect(make({ objectLock: { atMost: Duration.days(4000) } })).toThrow(
      'objectLock.atMost: 4000 should be',
    );
    expect(make({ objectLock: { enabled: false, atMost: Duration.days(1) } })).toThrow(
      'objectLock.atMost: is for locks, but `enabled` is false',
    );
    expect(make({ thresholds: { recoveryTime: Duration.hours(1) } })).toThrow(
      'thresholds.recoveryTime: 60 should',
    );
    expect(make({ audit: ReadWriteType.READ_ONLY })).toThrow('audit: should be');
    expect(make({ sources: [{ ...orders, backupSize: { memory: Size.kibibytes(1_048_577) } }] })).toThrow(
      'sources[0].backupSize.memory: 1024.0009765625 is not a whole number',
    );
  });
});

describe('a source', () => {
  it('has the security group that a database must accept, and says so where there is none', () => {
    const { stack, orders } = shop();
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a'],
      privateSubnetIds: ['subnet-0123456789abcdef0'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
    });
    const backup = new PostgresBackup(stack, 'Backup', {
      environment: 'shop',
      sources: [
        { ...orders, network: { vpc } },
        { ...orders, name: 'public' },
      ],
    });
    const [inside, outside] = backup.sources as [IProtectedSource, IProtectedSource];
    const database = new SecurityGroup(stack, 'Database', { vpc });
    database.connections.allowFrom(inside, Port.POSTGRES);
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      ToPort: 5432,
      SourceSecurityGroupId: {
        'Fn::GetAtt': [Match.stringLikeRegexp('ordersBackup.*SecurityGroup'), 'GroupId'],
      },
    });
    expect(() => outside.connections).toThrow('Shop/Backup/Source-public runs in no VPC');
  });

  it('grants what Lifeboat’s own roles have, and nothing that deletes', () => {
    const { stack, backup, template } = backupOf();
    const [orders] = backup.sources as [IProtectedSource];
    const role = new Role(stack, 'Pipeline', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') });
    orders.grantRead(role);
    orders.grantInvokeBackup(role);
    orders.grantInvokeDrill(role);
    backup.vault.grantRead(role);
    const [, policy] = resource(template(), 'AWS::IAM::Policy', /Pipeline/);
    const { Statement } = policy.Properties.PolicyDocument as {
      Statement: Array<{ Action: string | string[]; Resource: unknown; Condition?: object }>;
    };
    const actions = new Set(Statement.flatMap(({ Action }) => Action));
    expect([...actions].toSorted()).toEqual([
      'kms:Decrypt',
      'lambda:InvokeFunction',
      's3:GetBucketLocation',
      's3:GetBucketTagging',
      's3:GetLifecycleConfiguration',
      's3:GetObject',
      's3:GetObjectLegalHold',
      's3:GetObjectTagging',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:ListBucketVersions',
    ]);
    const decrypts = Statement.filter(({ Action }) => Action === 'kms:Decrypt');
    expect(decrypts.length).toBeGreaterThan(0);
    for (const { Condition } of decrypts) expect(Condition).toHaveProperty('StringLike');
    const reads = Statement.find(({ Action }) => Action === 's3:GetObject');
    expect(JSON.stringify(reads?.Resource)).toContain('daily/orders/*');
  });

  it('refuses grants that would do nothing', () => {
    const { orders: source, stack } = shop();
    const { backup } = backupOf({}, { stack, users: source, orders: { ...source, drill: DrillPlace.OFF } });
    const [orders] = backup.sources as [IProtectedSource];
    const stranger = Role.fromRoleArn(stack, 'Stranger', 'arn:aws:iam::999999999999:role/stranger');
    expect(() => orders.grantRead(stranger)).toThrow(
      'cannot grant anything to a principal of account 999999999999',
    );
    expect(() => backup.vault.grantRead(new ArnPrincipal('arn:aws:iam::999999999999:root'))).toThrow();
    expect(() => backup.vault.grantRead(new ServicePrincipal('lambda.amazonaws.com'))).toThrow();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    expect(() => orders.grantInvokeDrill(role)).toThrow(
      'has no drill function to invoke: its drill is "off"',
    );
  });

  it('has each metric that is published, as it is published', () => {
    const { backup } = backupOf();
    const [orders] = backup.sources as [IProtectedSource];
    const methods = [
      orders.metricBackupAge(),
      orders.metricProvenAge(),
      orders.metricRecoveryTime(),
      orders.metricSizeDeviation(),
      orders.metricDurationDeviation(),
      orders.metricStorage(),
      orders.metricEgress(),
      orders.metricDrillDisk(),
      orders.metricConsecutiveDrillFailures(),
      orders.metricScrubAge(),
      orders.metricDamagedBackups(),
      orders.metricBackupsSucceeded(),
      orders.metricBackupsFailed(),
      orders.metricBackupDuration(),
      orders.metricBackupSize(),
      orders.metricDrillsSucceeded(),
      orders.metricDrillsFailed(),
    ];
    const published = Object.values(METRICS).filter(
      // One is an intermediate of the sentinel, the other one of replicas.
      (metric) => metric !== METRICS.drillStarted && metric !== METRICS.drillAge,
    );
    expect(methods.map(({ namespace, metricName }) => `${namespace} ${metricName}`).toSorted()).toEqual(
      published.map((metric) => `${namespaceOf(metric, 'shop', 'orders')} ${metric.name}`).toSorted(),
    );
    for (const { dimensions } of methods)
      expect(dimensions).toEqual({ Environment: 'shop', Source: 'orders' });
    expect(orders.metricBackupAge({ period: Duration.hours(1), label: 'age' })).toMatchObject({
      label: 'age',
    });
  });
});

describe('alarms', () => {
  it('and the dashboard can be left out', () => {
    const { backup, template } = backupOf({ alarms: false, dashboard: false });
    for (const type of ['Alarm', 'CompositeAlarm', 'Dashboard']) {
      template().resourceCountIs(`AWS::CloudWatch::${type}`, 0);
    }
    expect(backup.criticalAlarms).toEqual([]);
    expect(backup.sources.flatMap(({ alarms }) => alarms)).toEqual([]);
    const shown = nestedTemplate(backupOf({ alarms: false }).stack, 'Dashboard');
    const [[, dashboard] = []] = resources(shown, 'AWS::CloudWatch::Dashboard');
    expect(String(resolve(dashboard?.Properties.DashboardBody))).not.toContain('"type":"alarm"');
  });

  it('tell whom a strategy says, by severity', () => {
    const asked: AlarmActionStrategyProps[] = [];
    const { stack, orders } = shop();
    const pager = new Topic(stack, 'Pager');
    const { backup, template } = backupOf(
      {
        alarmActions: {
          addAlarmActions(props) {
            asked.push(props);
            if (props.severity === AlarmSeverity.CRITICAL) props.alarm.addAlarmAction(new SnsAction(pager));
          },
        },
      },
      { stack, orders, users: orders },
    );
    const told = resources(template(), 'AWS::CloudWatch::Alarm').filter(
      ([, alarm]) => alarm.Properties.AlarmActions,
    );
    expect(told).toEqual([]);
    const pages = resources(template(), 'AWS::CloudWatch::CompositeAlarm');
    expect(pages).toHaveLength(2);
    for (const [, { Properties }] of pages) {
      expect(JSON.stringify(Properties.AlarmActions)).toContain('Pager');
    }
    const critical = asked.filter(({ severity }) => severity === AlarmSeverity.CRITICAL);
    expect(critical.map(({ kind, subject }) => `${kind} ${subject}`).toSorted()).toEqual([
      'page-now orders',
      'page-now undefined',
    ]);
    expect(critical.map(({ alarm }) => alarm).toSorted()).toEqual(backup.criticalAlarms.toSorted());
    expect(
      asked
        .filter(({ isPartOfCritical }) => isPartOfCritical)
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['drill-failed-twice', 'no-backup-25h', 'sentinel-errors', 'unproven']);
  });
});

describe('a topic of one’s own', () => {
  const services = (template: Template, type: string, id: RegExp, property: string) => {
    const [, { Properties }] = resource(template, type, id);
    const { Statement } = Properties[property] as { Statement: Array<{ Sid?: string }> };
    return Statement.flatMap(({ Sid }) => Sid ?? []).toSorted();
  };

  it('is allowed to be told, it and its key, if the app makes both', () => {
    const { stack, orders } = shop();
    const topic = new Topic(stack, 'Pager', { masterKey: new Key(stack, 'PagerKey'), enforceSSL: true });
    const { backup, template } = backupOf({ alertTopic: topic }, { stack, orders, users: orders });
    expect(backup.alertTopic).toBe(topic);
    expect(resources(template(), 'AWS::SNS::Topic')).toHaveLength(1);
    expect(services(template(), 'AWS::SNS::TopicPolicy', /Pager/, 'PolicyDocument')).toEqual([
      'AlarmsPublish',
      'AllowPublishThroughSSLOnly',
      'EventsPublish',
    ]);
    expect(services(template(), 'AWS::KMS::Key', /PagerKey/, 'KeyPolicy')).toEqual([
      'AlarmsEncrypt',
      'EventsEncrypt',
    ]);
    expect(warnings(stack)).toEqual([]);
  });

  it('is warned of, with what it needs, if only its name is known', () => {
    const { stack, orders } = shop();
    const topic = Topic.fromTopicArn(stack, 'Pager', 'arn:aws:sns:eu-central-1:111122223333:pager');
    backupOf({ alertTopic: topic }, { stack, orders, users: orders });
    const [alarms = '', events = ''] = warnings(stack).toSorted();
    expect(alarms).toContain('must allow cloudwatch.amazonaws.com sns:Publish');
    expect(alarms).toContain('kms:Decrypt and kms:GenerateDataKey*');
    expect(alarms).toContain('Functions of this stack publish, too');
    // The end of a scrub publishes: with any key, but for this topic only.
    const scrub = nestedTemplate(stack, 'Scrub');
    const [, role] = resource(scrub, 'AWS::IAM::Role', /EndRole/);
    expect(role.Properties.Policies).toMatchObject([
      {
        PolicyDocument: {
          Statement: expect.arrayContaining([
            expect.objectContaining({
              Sid: 'SpeakEncryptedByUnknownKey',
              Condition: {
                StringEquals: {
                  'kms:EncryptionContext:aws:sns:topicArn': topic.topicArn,
                  'kms:ViaService': expect.anything(),
                },
              },
            }),
          ]),
        },
      },
    ]);
    expect(events).toContain('must allow events.amazonaws.com sns:Publish');
  });

  it('is refused where nobody would hear', () => {
    const { stack, orders } = shop();
    const fifo = new Topic(stack, 'Fifo', { fifo: true });
    const far = Topic.fromTopicArn(stack, 'Far', 'arn:aws:sns:us-east-1:111122223333:pager');
    const give = (alertTopic: typeof far, environment: string) => () =>
      new PostgresBackup(stack, environment, { environment, sources: [orders], alertTopic });
    expect(give(fifo, 'fifo')).toThrow('Shop/Fifo is a FIFO topic');
    expect(give(far, 'far')).toThrow('Shop/Far is in us-east-1, but alarms of eu-central-1');
  });
});

describe('a key and a bucket name of one’s own', () => {
  it('are used, and the key is not guarded silently', () => {
    const { stack, orders } = shop();
    const key = new Key(stack, 'Mine');
    const { template } = backupOf(
      { encryptionKey: key, bucketName: 'shop-backups' },
      { stack, orders, users: orders },
    );
    const [, bucket] = resource(template(), 'AWS::S3::Bucket', /VaultBucket/);
    expect(bucket.Properties.BucketName).toBe('shop-backups');
    expect(JSON.stringify(bucket.Properties.BucketEncryption)).toContain('Mine');
    const [, mine] = resource(template(), 'AWS::KMS::Key', /Mine/);
    expect(JSON.stringify(mine.Properties.KeyPolicy)).not.toContain('Guard');
    expect(warnings(stack)).toEqual([expect.stringContaining('encrypted with a key of yours (Shop/Mine)')]);
  });

  it('are refused if they will not do', () => {
    const { stack, orders } = shop();
    const alias = Alias.fromAliasName(stack, 'Alias', 'alias/mine');
    const far = Key.fromKeyArn(stack, 'Far', 'arn:aws:kms:us-east-1:111122223333:key/0123');
    const give = (props: Partial<PostgresBackupProps>) => () =>
      new PostgresBackup(stack, props.bucketName ?? `${props.encryptionKey?.node.id}Backup`, {
        ...{ environment: 'shop', sources: [orders] },
        ...props,
      });
    expect(give({ encryptionKey: alias })).toThrow('encryptionKey: is an alias');
    expect(give({ encryptionKey: far })).toThrow('encryptionKey: is in us-east-1');
    expect(give({ bucketName: 'Shop.Backups' })).toThrow('bucketName: "Shop.Backups" should be');
  });
});

describe('a vault that outlived its stack', () => {
  const ATTRIBUTES: VaultAttributes = {
    environment: 'shop',
    bucketName: 'shop-vault',
    keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef',
    keeperRoleName: 'shop-Keeper-1',
    holdRoleName: 'shop-Hold-1',
  };
  function adopt(attributes: Partial<VaultAttributes> = {}, props: Partial<PostgresBackupProps> = {}) {
    const shopHere = shop();
    const vault = Vault.fromVaultAttributes(shopHere.stack, 'Vault', { ...ATTRIBUTES, ...attributes });
    return backupOf({ vault, ...props }, shopHere);
  }
  const namesIn = (from: unknown) =>
    [...JSON.stringify(resolve(from)).matchAll(/role\/([\w-]+)/g)].map(([, name]) => name);

  it('stays as it is: nothing in the new stack manages it', () => {
    const { template } = adopt();
    for (const type of ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy']) template().resourceCountIs(type, 0);
    // The one of the topic.
    template().resourceCountIs('AWS::KMS::Key', 1);
    const backup = resource(template(), 'AWS::Lambda::Function', /ordersBackup/)[1];
    expect(JSON.stringify(backup.Properties.Environment)).toContain('s3://shop-vault');
  });

  it('lets the new stack’s roles through by the policies that it has', () => {
    const old = backupOf();
    const [, policy] = resource(old.template(), 'AWS::S3::BucketPolicy', /VaultBucket/);
    const { Statement } = policy.Properties.PolicyDocument as {
      Statement: Array<{ Sid: string; Condition: unknown }>;
    };
    const exempted = (sid: string) => JSON.stringify(Statement.find(({ Sid }) => Sid === sid)?.Condition);
    // The policy names three roles: break glass by its own name, the others by what CloudFormation called them.
    expect(exempted('GuardTags')).toMatch(/lifeboat-shop-.*KeeperRole/);
    expect(exempted('GuardHolds')).toMatch(/lifeboat-shop-.*HoldRole/);
    const { template } = adopt();
    const nameOf = (id: RegExp) => resolve(resource(template(), 'AWS::IAM::Role', id)[1].Properties.RoleName);
    expect(nameOf(/KeeperRole/)).toBe('shop-Keeper-1');
    expect(nameOf(/HoldRole/)).toBe('shop-Hold-1');
    const glass = resource(old.template(), 'AWS::IAM::Role', /BreakGlass/)[1].Properties.RoleName;
    expect(nameOf(/BreakGlass/)).toBe(resolve(glass));
    expect(namesIn(policy.Properties.PolicyDocument)).toContain(resolve(glass));
  });

  it.each<[Partial<VaultAttributes>, Partial<PostgresBackupProps>, string]>([
    [{ environment: 'other' }, {}, 'environment: "shop" is not the environment of the vault, "other"'],
    [{ keyArn: 'alias/vault' }, {}, 'keyArn: should be the ARN of a key'],
    [{ keyArn: ATTRIBUTES.keyArn.replace('eu-central-1', 'us-east-1') }, {}, 'keyArn: is in us-east-1'],
    [
      { keyArn: ATTRIBUTES.keyArn.replace('111122223333', '999999999999') },
      {},
      'keyArn: is in account 999999999999',
    ],
    [{ holdRoleName: 'arn:aws:iam::1:role/x' }, {}, 'holdRoleName: "arn:aws:iam::1:role/x" is not the name'],
    [{ guard: false }, {}, 'keeperRoleName: is for a guarded vault'],
    [{ bucketName: 's3://shop' }, {}, 'bucketName: "s3://shop" is not the name of a bucket'],
    [{}, { retention: {} }, 'retention: belongs to the vault that is given'],
    [{}, { guard: false }, 'guard: belongs to the vault that is given'],
    [{}, { replica: { region: 'us-east-1' } }, 'replica: would be set on the bucket or its key'],
    [{}, { audit: ReadWriteType.ALL }, 'audit: would be set on the bucket'],
    [{}, { bucketName: 'mine' }, 'bucketName: would be set on the bucket'],
  ])('is refused with %o and %o', (attributes, props, message) => {
    expect(() => adopt(attributes, props)).toThrow(message);
  });

  it('must be told the names of roles, and of events that it sends', () => {
    const { stack, orders } = shop();
    const { keeperRoleName: _, ...without } = ATTRIBUTES;
    expect(() => Vault.fromVaultAttributes(stack, 'A', without)).toThrow('keeperRoleName: is missing');
    const vault = Vault.fromVaultAttributes(stack, 'B', ATTRIBUTES);
    const backup = new PostgresBackup(stack, 'Backup', { environment: 'shop', vault });
    expect(() => backup.addSource({ ...orders, drillAfterBackup: true })).toThrow(
      'addSource(orders).drillAfterBackup: needs the events of the bucket',
    );
    backup.addSource({ ...orders, drill: DrillPlace.OFF });
    expect(warnings(stack)).toEqual([expect.stringContaining('nobody drills orders')]);
    const other = new Stack(stack.node.root as never, 'Other', { env: ENV });
    expect(
      () => new PostgresBackup(other, 'Backup', { environment: 'shop2', vault: backupOf().backup.vault }),
    ).toThrow('vault: should come from Vault.fromVaultAttributes');
  });
});

describe('an environment’s name', () => {
  it('is taken in its account and region, with and without alarms', () => {
    const quiet = { alarms: false, dashboard: false, guard: false };
    for (const props of [{}, quiet]) {
      const { stack, template } = backupOf(props);
      template().hasResourceProperties('AWS::Scheduler::ScheduleGroup', { Name: 'lifeboat-shop' });
      const second = new Stack(stack.node.root as never, 'Second', { env: ENV });
      const secret = Secret.fromSecretNameV2(second, 'Secret', 'x');
      const again = (env: string, where: Stack) => () =>
        new PostgresBackup(where, 'Backup', {
          environment: env,
          sources: [{ name: 'orders', secret }],
          ...props,
        });
      expect(again('shop', second)).toThrow(
        'A Lifeboat environment named "lifeboat-shop" is at Shop/Backup already, so Second/Backup cannot have it',
      );
      const far = new Stack(stack.node.root as never, 'Far', { env: { ...ENV, region: 'us-east-1' } });
      expect(again('shop', far)).not.toThrow();
    }
  });

  it('makes no alarm’s name that another environment has', () => {
    const { stack, orders } = shop();
    new PostgresBackup(stack, 'A', { environment: 'shop', sources: [{ ...orders, name: 'eu-orders' }] });
    const b = () => new PostgresBackup(stack, 'B', { environment: 'shop-eu', sources: [orders] });
    expect(b).toThrow(/named "lifeboat-shop-eu-orders-[\w-]+" is at Shop\/A\/Source-eu-orders/);
  });
});
