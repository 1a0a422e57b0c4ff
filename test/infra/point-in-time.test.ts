import { Duration, Size, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { CAPTURE_METRICS, CHANGE_PROOF_METRICS, SLOT_METRICS } from '../../lib/contract/capture-metrics.ts';
import { namespaceOf } from '../../lib/contract/metric-names.ts';
import { MOST_SOURCES } from '../../lib/infra/check-postgres-backup.ts';
import type {
  EnvironmentSettings,
  SourceSettings,
} from '../../lib/infra/environment/environment-settings.ts';
import { readEnvironments } from '../../lib/infra/environment/read-environments.ts';
import { PostgresBackup } from '../../lib/infra/postgres-backup.ts';
import { resolve } from './support/intrinsics.ts';
import { nestedTemplate, nestedTemplates } from './support/nested.ts';
import { bucketStatements, isAllowed, roleStatements } from './support/policy.ts';
import { shownMetrics } from './support/shown-metrics.ts';
import { appWithoutBundles, resource, resources, stackOf } from './support/synthesized.ts';

const ACCOUNT = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret';
const settingsOf = (...sources: Array<Partial<SourceSettings>>): EnvironmentSettings => ({
  region: 'eu-central-1',
  sources: sources.map((one, index) => ({
    name: `app${index}`,
    secretArn: `${ACCOUNT}:app${index}-AbCdEf`,
    ...one,
  })),
  notifications: { emails: ['ada@example.com'] },
});
const PUBLISHED = [CAPTURE_METRICS, CHANGE_PROOF_METRICS, SLOT_METRICS].flatMap((some) =>
  Object.values(some),
);
const PITR = { every: '1 minute', keepDays: 3, maxHeldWal: '512 MiB' };
const stack = stackOf(settingsOf({ pointInTime: {} }, {}, { pointInTime: PITR }));
const parent = Template.fromStack(stack);
const template = nestedTemplate(stack, 'PointInTime');
const variablesOf = (pattern: RegExp) => {
  const [, { Properties }] = resource(template, 'AWS::Lambda::Function', pattern);
  return (resolve(Properties.Environment) as { Variables: Record<string, string> }).Variables;
};

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions?: unknown[];
}
const alarms = resources(template, 'AWS::CloudWatch::Alarm').map(
  ([, { Properties }]) => resolve(Properties) as Alarm,
);
const alarm = (name: string) =>
  alarms.find(({ AlarmName }) => AlarmName === `lifeboat-production-${name}`) ?? expect.fail(name);

describe('the stack of point in time', () => {
  it('is there only if a source asks for it, with two functions for each that does', () => {
    expect([...nestedTemplates(stackOf(settingsOf({}), 'plain')).keys()]).not.toContain('PointInTime');
    const ids = resources(template, 'AWS::Lambda::Function').map(([id]) => id.replace(/Function.*/, ''));
    expect(ids.sort()).toEqual(
      ['app0', 'app2'].flatMap((name) => [`Source${name}Capture`, `Source${name}SlotWatch`]),
    );
  });

  it('captures as often as it is told, and looks at the slot every minute whatever that is', () => {
    const expression = (pattern: RegExp) =>
      resource(template, 'AWS::Scheduler::Schedule', pattern)[1].Properties.ScheduleExpression;
    expect(expression(/Sourceapp0CaptureSchedule/)).toBe('rate(5 minutes)');
    expect(expression(/Sourceapp2CaptureSchedule/)).toBe('rate(1 minute)');
    for (const source of ['app0', 'app2'])
      expect(expression(new RegExp(`Source${source}SlotWatchSchedule`))).toBe('rate(1 minute)');
  });

  it('tells the functions the figures', () => {
    expect(variablesOf(/Sourceapp0SlotWatch/).LIFEBOAT_MAX_HELD_WAL_BYTES).toBe(String(2 * 1024 ** 3));
    expect(variablesOf(/Sourceapp2SlotWatch/).LIFEBOAT_MAX_HELD_WAL_BYTES).toBe(String(512 * 1024 ** 2));
    expect(variablesOf(/Sourceapp2Capture/)).toMatchObject({
      LIFEBOAT_CAPTURE_EVERY_MINUTES: '1',
      LIFEBOAT_SOURCE: 'app2',
    });
    // As long as a backup may take: a second one must not be started while the first is made.
    expect(Number(variablesOf(/Sourceapp2Capture/).LIFEBOAT_BASE_MINUTES)).toBeGreaterThanOrEqual(60);
  });

  it('is removed in this order: the schedules, the slot, the function that drops it', () => {
    const [slotId, slot] = resource(template, 'Custom::LifeboatSlot', /Sourceapp0/);
    const [functionId] = resource(template, 'AWS::Lambda::Function', /Sourceapp0SlotWatch/);
    const [roleId] = resource(template, 'AWS::IAM::Role', /Sourceapp0SlotWatch/);
    expect(resolve(slot.Properties.ServiceToken)).toBe(`arn:${functionId}`);
    expect(slot.DependsOn).toEqual(expect.arrayContaining([functionId, roleId]));
    for (const name of ['Capture', 'SlotWatch']) {
      const [, schedule] = resource(
        template,
        'AWS::Scheduler::Schedule',
        new RegExp(`Sourceapp0${name}Schedule`),
      );
      expect(schedule.DependsOn).toContain(slotId);
    }
  });

  it('is made before the policy of the vault, and so removed after it', () => {
    const [id] = resource(parent, 'AWS::CloudFormation::Stack', /PointInTime/);
    expect(resource(parent, 'AWS::S3::BucketPolicy', /VaultBucket/)[1].DependsOn).toContain(id);
  });
});

describe('what the functions may do', () => {
  const [vault] = resource(parent, 'AWS::S3::Bucket', /VaultBucket/);
  const bucket = JSON.stringify(roleStatements(template, /Sourceapp2CaptureRole/)).match(
    /arn:aws:s3:::[^"/]+|[A-Za-z]*referenceto[A-Za-z0-9]*VaultBucket[A-Za-z0-9]*Arn/,
  )?.[0] as string;
  const may = (role: string, action: string, target: string, context: Record<string, string> = {}) =>
    isAllowed(roleStatements(template, new RegExp(`Sourceapp2${role}Role`)), {
      ...{ action, resource: target, context },
    });
  const object = (key: string) => `${bucket}/${key}`;

  it('the capture writes changes of its source, and neither a proof, nor a backup, nor another source', () => {
    expect(vault).toBeDefined();
    for (const folder of ['epochs', 'log', 'segments', 'leases'])
      expect(may('Capture', 's3:PutObject', object(`changes/app2/${folder}/000001/x`)), folder).toBe(true);
    for (const key of [
      'changes/app2/proofs/x.json',
      'changes/app0/log/000001/x',
      'daily/app2/20261130T020000Z/manifest.json',
    ])
      expect(may('Capture', 's3:PutObject', object(key)), key).toBe(false);
  });

  it('the capture reads no rows, and neither function deletes, tags or unlocks', () => {
    expect(may('Capture', 's3:GetObject', object('changes/app2/segments/000001/x'))).toBe(false);
    expect(may('Capture', 's3:GetObject', object('daily/app2/1/tables/x.zst'))).toBe(false);
    expect(may('Capture', 's3:GetObject', object('daily/app2/1/manifest.json'))).toBe(true);
    for (const role of ['Capture', 'SlotWatch'])
      for (const action of ['s3:DeleteObject', 's3:PutObjectTagging', 's3:PutObjectRetention'])
        expect(may(role, action, object('changes/app2/log/x')), `${role} ${action}`).toBe(false);
  });

  it('the watchdog writes nothing but the end of the log', () => {
    expect(may('SlotWatch', 's3:PutObject', object('changes/app2/log/000001/x'))).toBe(true);
    for (const folder of ['epochs', 'segments', 'leases', 'proofs'])
      expect(may('SlotWatch', 's3:PutObject', object(`changes/app2/${folder}/x`)), folder).toBe(false);
    expect(JSON.stringify(roleStatements(template, /Sourceapp2SlotWatchRole/))).not.toContain('lambda:');
  });

  it('neither speaks for the other, nor for backups and drills', () => {
    const publish = (role: string, namespace: string) =>
      may(role, 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespace });
    const spaces = ['/capture', '/slot', '', '/health'].map((end) => `Lifeboat/production/app2${end}`);
    expect(spaces.map((one) => publish('Capture', one))).toEqual([true, false, false, false]);
    expect(spaces.map((one) => publish('SlotWatch', one))).toEqual([false, true, false, false]);
  });

  it('the bucket’s policy lets nobody write a change over', () => {
    const denied = bucketStatements(parent, vault).filter(({ Effect }) => Effect === 'Deny');
    expect(denied.some(({ Sid }) => Sid === 'WriteOnce')).toBe(true);
  });
});

describe('the alarms', () => {
  it('are nine for each source, link to the runbook, and watch what is published', () => {
    expect(alarms).toHaveLength(18);
    const names = PUBLISHED;
    for (const [, { Properties }] of resources(template, 'AWS::CloudWatch::Alarm')) {
      const { AlarmName, AlarmDescription, Namespace, MetricName } = resolve(Properties) as Alarm &
        Record<'Namespace' | 'MetricName', string>;
      const source = AlarmName.includes('-app0-') ? 'app0' : 'app2';
      const definition = names.find(({ name }) => name === MetricName) ?? expect.fail(MetricName);
      expect(Namespace).toBe(namespaceOf(definition, 'production', source));
      const [, kind = ''] = / Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription) ?? [];
      expect(AlarmName).toBe(`lifeboat-production-${source}-${kind}`);
      expect(AlarmDescription).not.toMatch(/[{}]|undefined/);
    }
  });

  it('have limits that follow from the settings', () => {
    expect(alarm('app0-recovery-point-old')).toMatchObject({ Threshold: 600, TreatMissingData: 'ignore' });
    expect(alarm('app2-recovery-point-old')).toMatchObject({ Threshold: 120 });
    expect(alarm('app2-held-wal')).toMatchObject({ Threshold: 128 * 1024 ** 2, MetricName: 'HeldWalBytes' });
    expect(alarm('app2-held-wal').AlarmDescription).toContain('25 % of the 512 MiB');
    expect(alarm('app0-changes-gap')).toMatchObject({ Threshold: 1800 });
    expect(alarm('app2-capture-silent')).toMatchObject({
      ...{ Period: 60, EvaluationPeriods: 3, TreatMissingData: 'breaching', Statistic: 'SampleCount' },
    });
    expect(alarm('app0-slot-watch-silent')).toMatchObject({ TreatMissingData: 'breaching' });
  });

  it('of tables that are not covered are shown, and sent to nobody', () => {
    expect(alarm('app0-tables-not-covered').AlarmActions).toBeUndefined();
    expect(alarm('app0-slot-dropped').AlarmActions).toHaveLength(1);
  });
});

it('the first row of the dashboard shows the recovery point', () => {
  const [[, found] = []] = resources(nestedTemplate(stack, 'Dashboard'), 'AWS::CloudWatch::Dashboard');
  const { widgets } = JSON.parse(String(resolve(found?.Properties.DashboardBody))) as {
    widgets: Array<{ properties: { title?: string; view?: string; metrics?: unknown[][] } }>;
  };
  const gauges = widgets.filter(({ properties }) => properties.view === 'gauge');
  expect(gauges[0]?.properties.title).toBe('app0: recovery point (minutes, limit 10)');
  const shown = shownMetrics(widgets).map((one) => one[1]);
  for (const { name } of PUBLISHED) expect(shown, name).toContain(name);
});

describe('settings', () => {
  const read = (pointInTime: unknown) => {
    const { sources, ...environment } = settingsOf({});
    const wrong = { ...environment, sources: [{ ...sources[0], pointInTime }] };
    return () => readEnvironments({ production: wrong }, undefined, new Date());
  };

  it.each([
    [{ every: '6 minutes' }, '"6 minutes" should be a whole number of minutes from 1 to 5'],
    [{ every: '0 minutes' }, 'should be a whole number of minutes from 1 to 5'],
    [{ every: '1.5 minutes' }, 'should be a whole number of minutes from 1 to 5'],
    [{ every: 'often' }, 'sources[0].pointInTime.every: "often" should be'],
    [{ every: 5 }, 'every: should be a time such as "5 minutes"'],
    [{ keepDays: 0 }, 'keepDays: 0 is not a whole number of days from 1 to 365'],
    [{ keepDays: 1.5 }, '1.5 is not a whole number of days'],
    [{ maxHeldWal: '2 GB' }, '"2 GB" should be from 128 MiB to 1024 GiB'],
    [{ maxHeldWal: '1 MiB' }, '"1 MiB" should be from 128 MiB'],
    [{ maxHeldWal: 2048 }, 'maxHeldWal: should be a size such as "2 GiB"'],
    [{ minutes: 5 }, 'has "minutes", which Lifeboat does not know'],
  ])('%j is refused: %s', (pointInTime, message) => {
    expect(read(pointInTime)).toThrow(message);
  });

  it('of a construct are in CDK’s own types, and refused by the names of props', () => {
    const own = new Stack(appWithoutBundles(), 'Own');
    const secret = Secret.fromSecretNameV2(own, 'Secret', 'shop/app');
    const make = (id: string, pointInTime: object) =>
      new PostgresBackup(own, id, {
        environment: id.toLowerCase(),
        sources: [{ name: 'app', secret, pointInTime }],
      });
    expect(() => make('A', { every: Duration.minutes(10) })).toThrow('pointInTime.every: "10 minutes"');
    expect(() => make('B', { keep: Duration.hours(12) })).toThrow('pointInTime.keep: 0.5 is not');
    expect(() => make('C', { maxHeldWal: Size.mebibytes(1) })).toThrow('pointInTime.maxHeldWal:');
    const [source] = make('D', { every: Duration.minutes(2), maxHeldWal: Size.gibibytes(1) }).sources;
    expect(source?.captureFunction).toBeDefined();
    expect(source?.slotWatchFunction).toBeDefined();
  });

  it('for Neon warn that the compute never sleeps', () => {
    const neon = stackOf(settingsOf({ pointInTime: {}, hostProfile: 'neon' }), 'neon');
    const warned = neon.node
      .findAll()
      .flatMap((one) => one.node.metadata)
      .filter(({ type, data }) => type === 'aws:cdk:warning' && String(data).includes('about 40 hours'));
    expect(warned).toHaveLength(1);
  });
});

it('fifteen sources with it are a stack that CloudFormation takes', () => {
  const all = Array.from({ length: MOST_SOURCES }, (_, index) => ({
    name: `${'a'.repeat(61)}${10 + index}`,
    pointInTime: PITR,
    vpc: {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    },
  }));
  const made = nestedTemplate(stackOf(settingsOf(...all), 'large'), 'PointInTime').toJSON();
  expect(Object.keys(made.Resources as object).length).toBeLessThanOrEqual(500);
  expect(Object.keys((made.Parameters ?? {}) as object).length).toBeLessThanOrEqual(200);
  expect(JSON.stringify(made).length).toBeLessThan(1_000_000);
});
