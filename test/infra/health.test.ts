import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import { HEALTH_METRICS } from '../../lib/contract/health-metrics.ts';
import { namespaceOfHealth } from '../../lib/contract/metric-names.ts';
import { healthSettings } from '../../lib/engine/health/settings.ts';
import { DEFAULT_THRESHOLDS } from '../../lib/engine/health/thresholds.ts';
import type {
  EnvironmentSettings,
  HealthSettings,
} from '../../lib/infra/environment/environment-settings.ts';
import { readEnvironments } from '../../lib/infra/environment/read-environments.ts';
import { PostgresBackup } from '../../lib/infra/postgres-backup.ts';
import type { HealthProps } from '../../lib/infra/props/health-props.ts';
import { resolve } from './support/intrinsics.ts';
import { nestedTemplate, nestedTemplates } from './support/nested.ts';
import { isAllowed, roleStatements } from './support/policy.ts';
import { shownMetrics } from './support/shown-metrics.ts';
import { appWithoutBundles, resource, resources, stackOf } from './support/synthesized.ts';

const ACCOUNT = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret';
const settingsWith = (...health: Array<HealthSettings | undefined>): EnvironmentSettings => ({
  region: 'eu-central-1',
  sources: health.map((one, index) => ({
    name: `app${index}`,
    secretArn: `${ACCOUNT}:app${index}-AbCdEf`,
    ...(one && { health: one }),
  })),
  notifications: { emails: ['ada@example.com'] },
});

const stack = stackOf(
  settingsWith({}, undefined, {
    everyMinutes: 15,
    secretArn: `${ACCOUNT}:watcher-AbCdEf`,
    sizeLimitBytes: 8e9,
    apiSchemas: ['public'],
    thresholds: { connections: { warning: 70 }, bloat: { warning: null } },
  }),
);
const parent = Template.fromStack(stack);
const template = nestedTemplate(stack, 'Health');

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Period: number;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly OKActions?: unknown[];
  readonly AlarmActions?: unknown[];
}
const alarms = resources(template, 'AWS::CloudWatch::Alarm').map(
  ([, { Properties }]) => resolve(Properties) as Alarm,
);
const alarm = (source: string, kind: string) => {
  const found = alarms.find(({ AlarmName }) => AlarmName === `lifeboat-production-${source}-${kind}`);
  if (!found) throw new Error(`no alarm ${kind} of ${source}`);
  return found;
};

describe('the stack of health', () => {
  it('is there only if a source asks for it', () => {
    expect([...nestedTemplates(stackOf(settingsWith(undefined), 'plain')).keys()]).not.toContain('Health');
    const functions = resources(template, 'AWS::Lambda::Function').map(([id]) => id);
    expect(functions.map((id) => id.slice(0, 'Sourceapp0'.length))).toEqual(['Sourceapp0', 'Sourceapp2']);
  });

  it('measures as often as it is told, and two runs never overlap', () => {
    for (const [source, minutes] of [
      ['app0', 5],
      ['app2', 15],
    ] as const) {
      const [, schedule] = resource(template, 'AWS::Scheduler::Schedule', new RegExp(`Source${source}`));
      expect(schedule.Properties.ScheduleExpression).toBe(`rate(${minutes} minutes)`);
      const [, { Properties }] = resource(template, 'AWS::Lambda::Function', new RegExp(`Source${source}`));
      expect(Properties.Timeout).toBeLessThanOrEqual(minutes * 60);
      // Five minutes for a source that cannot be reached, and time for one more try.
      if (minutes > 5) expect(Properties.Timeout).toBeGreaterThanOrEqual((5 + 2) * 60);
    }
  });

  it('tells the function what the engine understands', () => {
    const [, { Properties }] = resource(template, 'AWS::Lambda::Function', /Sourceapp2/);
    const { Variables } = resolve(Properties.Environment) as { Variables: Record<string, string> };
    expect(Variables).toMatchObject({
      LIFEBOAT_SECRET_ARN: `${ACCOUNT}:watcher-AbCdEf`,
      LIFEBOAT_HEALTH_EVERY_MINUTES: '15',
    });
    expect(healthSettings(JSON.parse(Variables.LIFEBOAT_HEALTH_SETTINGS ?? ''))).toEqual({
      sizeLimitBytes: 8e9,
      apiSchemas: ['public'],
      thresholds: {
        ...DEFAULT_THRESHOLDS,
        connections: { warning: 70, critical: 95 },
        bloat: { warning: null, critical: null },
      },
    });
  });

  it('keeps the results in a bucket of their own, in which they do not last', () => {
    const [, bucket] = resource(template, 'AWS::S3::Bucket', /Results/);
    expect(bucket.Properties.LifecycleConfiguration).toMatchObject({ Rules: [{ ExpirationInDays: 7 }] });
    expect(bucket.Properties).not.toHaveProperty('VersioningConfiguration');
    expect(bucket.DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('is made before the policy of the vault, which a first deployment that fails cannot take away', () => {
    const [id] = resource(parent, 'AWS::CloudFormation::Stack', /Health/);
    const [, policy] = resource(parent, 'AWS::S3::BucketPolicy', /VaultBucket/);
    expect(policy.DependsOn).toContain(id);
  });
});

describe('a health function', () => {
  const statements = roleStatements(template, /Sourceapp2HealthRole/);
  const [bucketId] = resource(template, 'AWS::S3::Bucket', /Results/);
  const may = (action: string, target: string, context: Record<string, string> = {}) =>
    isAllowed(statements, { action, resource: target, context });
  const result = (source: string) => `arn:${bucketId}/health/${source}/latest.json`;

  it('reads and writes the result of its source, and no other', () => {
    for (const action of ['s3:GetObject', 's3:PutObject']) {
      expect(may(action, result('app2'))).toBe(true);
      expect(may(action, result('app0'))).toBe(false);
    }
    expect(may('s3:DeleteObject', result('app2'))).toBe(false);
    // It notices that there is none yet, and lists nothing.
    expect(may('s3:ListBucket', `arn:${bucketId}`)).toBe(true);
    expect(may('s3:ListBucket', `arn:${bucketId}`, { 's3:prefix': '' })).toBe(false);
  });

  it('reads its own login, not the source’s, and knows nothing of the vault', () => {
    expect(may('secretsmanager:GetSecretValue', `${ACCOUNT}:watcher-AbCdEf`)).toBe(true);
    expect(may('secretsmanager:GetSecretValue', `${ACCOUNT}:app2-AbCdEf`)).toBe(false);
    expect(JSON.stringify(statements)).not.toMatch(/Vault|kms:/);
  });

  it('cannot say that a drill has passed, nor a backup that all is well', () => {
    const publish = (namespace: string) =>
      may('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespace });
    expect(publish('Lifeboat/production/app2/health')).toBe(true);
    expect(publish('Lifeboat/production/app2')).toBe(false);
    expect(publish('Lifeboat/production/app0/health')).toBe(false);
    expect(publish('Lifeboat')).toBe(false);
  });

  it('is the only one that its schedules may start, beside its like', () => {
    const [invoke, ...more] = roleStatements(template, /^ScheduleRole/);
    expect(invoke).toMatchObject({ Action: 'lambda:InvokeFunction' });
    expect(more).toEqual([]);
  });
});

describe('the alarms', () => {
  it('are four for each source that is measured', () => {
    const kinds = ['health-critical', 'health-not-measured', 'health-warning', 'source-unreachable'];
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toEqual(
      ['app0', 'app2'].flatMap((source) => kinds.map((kind) => `lifeboat-production-${source}-${kind}`)),
    );
    for (const { AlarmName, AlarmDescription } of alarms) {
      const [, kind = ''] = / Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription) ?? [];
      expect(AlarmName.endsWith(kind)).toBe(true);
      expect(AlarmDescription).not.toMatch(/[{}]|undefined/);
    }
  });

  it('watch what the function publishes, with its dimensions', () => {
    for (const { Namespace, MetricName, AlarmName } of alarms) {
      const source = AlarmName.includes('-app0-') ? 'app0' : 'app2';
      expect(Namespace).toBe(namespaceOfHealth('production', source));
      expect(Object.values(HEALTH_METRICS).map(({ name }) => name)).toContain(MetricName);
    }
  });

  it('of five minutes without an answer and of critical findings wake people and say when it is over', () => {
    for (const kind of ['source-unreachable', 'health-critical']) {
      const { OKActions, AlarmActions, AlarmDescription } = alarm('app0', kind);
      expect(OKActions).toEqual(AlarmActions);
      expect(AlarmDescription).toMatch(/^CRITICAL: /);
    }
    expect(alarm('app0', 'source-unreachable')).toMatchObject({
      ...{ MetricName: 'UnreachableSeconds', Statistic: 'Maximum', Threshold: 300, Period: 300 },
      ...{ ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'ignore' },
    });
    for (const kind of ['health-warning', 'health-not-measured'])
      expect(alarm('app0', kind).OKActions).toBeUndefined();
  });

  it('of silence fire after three runs that left nothing, at any pace', () => {
    for (const [source, minutes] of [
      ['app0', 5],
      ['app2', 15],
    ] as const) {
      expect(alarm(source, 'health-not-measured')).toMatchObject({
        ...{ MetricName: 'UnreachableSeconds', Statistic: 'SampleCount', Period: minutes * 60 },
        ...{ EvaluationPeriods: 3, DatapointsToAlarm: 3, TreatMissingData: 'breaching' },
      });
      expect(alarm(source, 'health-not-measured').AlarmDescription).toContain(`for ${3 * minutes} minutes`);
    }
  });

  it('are off where alarms are off', () => {
    const own = new Stack(appWithoutBundles(), 'Own');
    new PostgresBackup(own, 'Backup', { environment: 'own', alarms: false, sources: [sourceIn(own, {})] });
    expect(nestedTemplate(own, 'Health').findResources('AWS::CloudWatch::Alarm')).toEqual({});
  });
});

describe('the dashboard', () => {
  const [[, found] = []] = resources(nestedTemplate(stack, 'Dashboard'), 'AWS::CloudWatch::Dashboard');
  const body = JSON.parse(String(resolve(found?.Properties.DashboardBody))) as {
    widgets: Array<{
      type: string;
      y: number;
      properties: { title?: string; view?: string; alarms?: string[]; metrics?: unknown[][] };
    }>;
  };
  const shown = shownMetrics(body.widgets);

  it('asks first, for each source, whether it is safe: four gauges with the limits of the alarms', () => {
    const gauges = body.widgets.filter(({ properties }) => properties.view === 'gauge');
    expect(gauges.slice(0, 4).map(({ properties }) => properties.title)).toEqual([
      'app0: newest backup (hours, limit 25)',
      'app0: newest proven backup (days, limit 8.1)',
      'app0: last drill that passed (days, limit 8.1)',
      'app0: recovery time (minutes, limit 10)',
    ]);
    expect(gauges).toHaveLength(12);
    const firstGraph = body.widgets.find(({ properties }) => properties.view === 'timeSeries');
    expect(Math.max(...gauges.map(({ y }) => y))).toBeLessThan(firstGraph?.y ?? 0);
  });

  it('shows every figure and every alarm of the health that is measured', () => {
    for (const { name } of Object.values(HEALTH_METRICS)) {
      const series = shown.filter((one) => one[1] === name).map((one) => one[0]);
      expect(series.sort(), name).toEqual(
        ['app0', 'app2'].map((source) => namespaceOfHealth('production', source)),
      );
    }
    const all = body.widgets.flatMap(({ properties }) => properties.alarms ?? []);
    const names = all.map((arn) => arn.split(':').at(-1));
    expect(names).toEqual(expect.arrayContaining(alarms.map(({ AlarmName }) => AlarmName)));
  });
});

describe('wrong settings', () => {
  const messageOf = (health: unknown) => {
    try {
      const environment = { ...settingsWith(undefined) };
      const [source] = environment.sources;
      readEnvironments(
        { production: { ...environment, sources: [{ ...source, health }] } },
        undefined,
        new Date(),
      );
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [{ everyMinutes: 1 }, 'sources[0].health.everyMinutes: 1 is not a whole number from 2 to 15'],
    [{ everyMinutes: 20 }, '20 is not a whole number from 2 to 15'],
    [{ everyMinutes: 2.5 }, '2.5 is not a whole number from 2 to 15'],
    [{ everyMinutes: 'often' }, 'everyMinutes: should be a number of minutes'],
    [{ every: 5 }, 'has "every", which Lifeboat does not know'],
    [[], 'health: should be an object'],
    [{ secretArn: 'postgres://ada:secret@host/db' }, 'health.secretArn: should be the ARN of a secret'],
    [{ secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:w-AbCdEf' }, 'is in us-east-1 while'],
    [{ sizeLimitBytes: -1 }, '-1 is not a whole number of bytes above 0'],
    [{ apiSchemas: [] }, 'apiSchemas: should be left out rather than empty'],
    [{ thresholds: { conections: {} } }, 'thresholds.conections: is no check of health; there are latency,'],
    [{ thresholds: { bloat: { warning: '5' } } }, 'thresholds: should be an object such as'],
    [{ thresholds: { bloat: { warn: 5 } } }, 'thresholds: should be an object such as'],
    [{ thresholds: { bloat: { warning: -5 } } }, 'bloat.warning: -5 should be at least 0'],
    [{ thresholds: { connections: { warning: 99 } } }, 'would be critical (95) before it is a warning (99)'],
    [
      { thresholds: { 'cache-hits': { critical: 95 } } },
      'would be critical (95) before it is a warning (90)',
    ],
    [{ apiSchemas: ['x'.repeat(4000)] }, 'but a function has room for only 2400'],
  ])('%j: %s', (health, message) => {
    expect(messageOf(health)).toContain(message);
    expect(messageOf(health)).not.toContain('ada:secret');
  });

  it('are those of the example as well: the examples synthesize', () => {
    expect(messageOf(environments.production?.sources[0]?.health)).toBe('');
  });

  it('a login that could open the backups is refused', () => {
    const [source] = settingsWith({}).sources;
    const identity = `${ACCOUNT}:identity-AbCdEf`;
    const settings = {
      ...settingsWith({}),
      sources: [
        {
          ...source,
          ageRecipients: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
          ageIdentitySecretArn: identity,
          health: { secretArn: identity },
        },
      ],
    };
    expect(() => readEnvironments({ production: settings }, undefined, new Date())).toThrow(
      'ageIdentitySecretArn: is the secret of a source',
    );
  });
});

function sourceIn(scope: Stack, health: HealthProps) {
  return { name: 'app', secret: Secret.fromSecretNameV2(scope, 'Secret', 'shop/app'), health };
}

describe('the construct', () => {
  it('takes props in CDK’s own types, refuses wrong ones by the names of props, and adds sources later', () => {
    const own = new Stack(appWithoutBundles(), 'Own');
    const backup = new PostgresBackup(own, 'Backup', { environment: 'own' });
    const added = backup.addSource(
      sourceIn(own, {
        every: Duration.minutes(10),
        sizeLimit: Size.gibibytes(8),
        thresholds: { bloat: { warns: false }, connections: { critical: 99 } },
      }),
    );
    expect(added.healthFunction).toBeDefined();
    expect(added.alarms.length).toBe(12 + 1 + 4);
    expect(backup.healthResults).toBeDefined();
    const [, { Properties }] = resource(nestedTemplate(own, 'Health'), 'AWS::Lambda::Function', /Health/);
    const { Variables } = resolve(Properties.Environment) as { Variables: Record<string, string> };
    expect(JSON.parse(Variables.LIFEBOAT_HEALTH_SETTINGS ?? '')).toEqual({
      sizeLimitBytes: 8 * 1024 ** 3,
      thresholds: { bloat: { warning: null }, connections: { critical: 99 } },
    });
    expect(() =>
      backup.addSource({
        ...sourceIn(new Stack(new App(), 'X'), { every: Duration.seconds(90) }),
        name: 'b',
      }),
    ).toThrow('addSource(b).health.every: 1.5 is not a whole number from 2 to 15');
  });

  it('measures from the network of the backup, with its security groups: the database accepts both', () => {
    const own = new Stack(appWithoutBundles(), 'Own');
    // CDK's own types do not go together under exactOptionalPropertyTypes.
    const vpc = new Vpc(own, 'Vpc') as IVpc;
    const backup = new PostgresBackup(own, 'Backup', { environment: 'own' });
    backup.addSource({ ...sourceIn(own, {}), network: { vpc } });
    const nested = nestedTemplate(own, 'Health');
    const [, { Properties }] = resource(nested, 'AWS::Lambda::Function', /Health/);
    const { SecurityGroupIds: [reference] = [] } = Properties.VpcConfig as { SecurityGroupIds?: object[] };
    expect(JSON.stringify(reference)).toMatch(/referencetoOwnBackupSourceappBackupSecurityGroup\w+GroupId/);
    expect(nested.findResources('AWS::EC2::SecurityGroup')).toEqual({});
  });
});
