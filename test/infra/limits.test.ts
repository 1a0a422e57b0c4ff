import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { MOST_SOURCES } from '../../lib/infra/check-postgres-backup.ts';
import type { EnvironmentSettings } from '../../lib/infra/environment/environment-settings.ts';
import { ROOM_FOR_SETTINGS_BYTES } from '../../lib/infra/functions/settings-fit.ts';
import { makeStacks } from '../../lib/infra/make-stacks.ts';
import { MOST_CHANNELS } from '../../lib/infra/notifications/check-notifications.ts';
import { resolve } from './support/intrinsics.ts';
import { nestedStack, nestedTemplate, nestedTemplates } from './support/nested.ts';
import { roleStatements } from './support/policy.ts';
import { appWithoutBundles, resource, resources } from './support/synthesized.ts';

/** As many sources as are accepted, each with everything that can be had, and names as long as may be. */
const settings: EnvironmentSettings = {
  account: '123456789012',
  region: 'ap-southeast-1',
  sources: Array.from({ length: MOST_SOURCES }, (_, index) => ({
    name: `${'a'.repeat(61)}${10 + index}`,
    secretArn: `arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:app${index}-AbCdEf`,
    secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
    drillAfterBackup: true,
    heartbeat: { secretName: `lifeboat/heartbeat-${index}` },
    pointInTime: { every: '1 minute' },
    egressLimitGb: 250,
    exports: [{ name: 'users', tables: ['public.users'] }],
    health: {
      secretArn: `arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:watch${index}-AbCdEf`,
      secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
    },
    vpc: {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    },
  })),
  notifications: {
    emails: ['ada@example.com'],
    channels: Array.from({ length: MOST_CHANNELS }, (_, index) => ({
      kind: 'pagerduty',
      name: `${'c'.repeat(38)}${10 + index}`,
      secretArn: `arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:channel${index}-AbCdEf`,
      hears: ['critical', 'warning', 'info'],
    })),
    digest: 'cron(0 7 ? * MON *)',
    heartbeat: { secretName: 'lifeboat/heartbeat' },
  },
  healthEndpoint: {
    auth: {
      secretHeader: {
        secretArn: 'arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:monitor-AbCdEf',
        secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
      },
    },
  },
  statusPage: true,
  signDrills: true,
  replica: { region: 'ap-northeast-1', account: '210987654321', drillSchedule: 'rate(1 day)' },
};
/** With everything that can be had, names of 40 characters are the longest of which fifteen fit into one template. */
const shorter: EnvironmentSettings = {
  ...settings,
  sources: settings.sources.map((source, index) => ({ ...source, name: `${'a'.repeat(38)}${10 + index}` })),
};
/** As long a name as an environment may have if it is replicated. */
const ENVIRONMENT = 'e'.repeat(26);
const app = appWithoutBundles();
const { vault: stack, replica } = makeStacks(app, ENVIRONMENT, settings);
if (!replica) throw new Error('there is a replica');
const template = Template.fromStack(stack);
const ofReplica = Template.fromStack(replica);
const whole = appWithoutBundles();
makeStacks(whole, ENVIRONMENT, shorter);
const written = whole.synth();

it.each([
  ['the largest environment', stack, template],
  ['its replica', replica, ofReplica],
])('%s is a stack that CloudFormation takes', (_, { stackName }, made) => {
  // AWS CloudFormation User Guide, "Understand CloudFormation quotas".
  expect(Object.keys(made.toJSON().Resources as object).length).toBeLessThanOrEqual(500);
  const file = written.getStackByName(stackName).templateFullPath;
  expect(readFileSync(file).length).toBeLessThan(1_000_000);
});

it('a nested stack is one that CloudFormation takes, for each feature', () => {
  const nested = nestedTemplates(stack);
  expect([...nested.keys()]).toEqual(
    expect.arrayContaining([
      ...[
        'Dashboard',
        'EgressAlarms',
        'Exports',
        'Health',
        'HealthEndpoint',
        'PointInTime',
        'Scrub',
        'StatusPage',
      ],
    ]),
  );
  for (const [id, made] of nested) {
    const { Resources, Parameters = {} } = made.toJSON() as Record<'Resources' | 'Parameters', object>;
    // AWS CloudFormation User Guide, "Understand CloudFormation quotas".
    expect(Object.keys(Resources).length, id).toBeLessThanOrEqual(500);
    expect(Object.keys(Parameters).length, id).toBeLessThanOrEqual(200);
    expect(JSON.stringify(made.toJSON()).length, id).toBeLessThan(1_000_000);
    for (const role of Object.keys(made.findResources('AWS::IAM::Role'))) {
      const statements = roleStatements(made, new RegExp(`^${role}$`));
      expect(JSON.stringify(statements).length, role).toBeLessThan(8_000);
    }
  }
});

it('names that are written out are no longer than AWS takes', () => {
  const longest = (type: string, property: string, from: Template) =>
    Math.max(
      ...resources(from, type).map(
        ([, { Properties }]) => String(resolve(Properties[property] ?? '')).length,
      ),
    );
  for (const one of [template, ofReplica]) {
    // IAM User Guide, "IAM and AWS STS quotas"; Amazon CloudWatch API Reference, PutMetricAlarm.
    expect(longest('AWS::IAM::Role', 'RoleName', one)).toBeLessThanOrEqual(64);
    expect(longest('AWS::IAM::Role', 'RoleName', one)).toBeGreaterThan(50);
    expect(longest('AWS::CloudWatch::Alarm', 'AlarmName', one)).toBeLessThanOrEqual(255);
  }
  // Amazon S3 User Guide, "General purpose bucket naming rules": 63 characters.
  expect(longest('AWS::S3::Bucket', 'BucketName', ofReplica)).toBe(63);
  // Amazon EventBridge Scheduler API Reference, CreateSchedule: 64 characters.
  expect(longest('AWS::Scheduler::Schedule', 'Name', ofReplica)).toBeLessThanOrEqual(64);
});

it.each([
  ['the sentinel', template],
  ['the sentinel of the replica', ofReplica],
])('the list of sources of %s fits into its environment', (_, from) => {
  const [, sentinel] = resource(from, 'AWS::Lambda::Function', /Sentinel/);
  const { Variables } = resolve(sentinel.Properties.Environment) as { Variables: Record<string, string> };
  const watched = JSON.parse(Variables.LIFEBOAT_SOURCES ?? '') as Array<Record<string, string>>;
  expect(watched).toHaveLength(MOST_SOURCES);
  // Schedules' names, made by CloudFormation, have up to 64 characters.
  const longest = watched.map((one) => ({
    ...one,
    backupSchedule: 'x'.repeat(64),
    drillSchedule: 'x'.repeat(64),
  }));
  const environment = JSON.stringify({
    ...Variables,
    LIFEBOAT_SOURCES: JSON.stringify(longest),
    ...(Variables.LIFEBOAT_SCRUB_SCHEDULE && { LIFEBOAT_SCRUB_SCHEDULE: 'x'.repeat(64) }),
  });
  expect(environment.length).toBeLessThan(4096);
});

it('channels and the names of sources fit into the environment of the notify function', () => {
  const [, notify] = resource(template, 'AWS::Lambda::Function', /Notify/);
  const { Variables } = resolve(notify.Properties.Environment) as { Variables: Record<string, string> };
  expect(JSON.parse(Variables.LIFEBOAT_SOURCE_NAMES ?? '')).toHaveLength(MOST_SOURCES);
  // Names that CloudFormation makes up, and those of the bucket and the topic, grow when they are resolved.
  expect(JSON.stringify(Variables).length).toBeLessThan(4096 - 400);
});

it.each([
  ['the vault', template],
  ['the replica', ofReplica],
])('the alarms to page on, one for each source and one for %s, take all that they are made of', (_, from) => {
  const pages = resources(from, 'AWS::CloudWatch::CompositeAlarm');
  expect(pages).toHaveLength(MOST_SOURCES + 1);
  for (const [id, page] of pages) {
    const rule = String(resolve(page.Properties.AlarmRule));
    // Amazon CloudWatch API Reference, PutCompositeAlarm: 100 alarms, 10,240 characters.
    const children = rule.match(/ALARM\(/g) ?? [];
    expect(children.length, id).toBeGreaterThanOrEqual(2);
    expect(children.length, id).toBeLessThanOrEqual(3);
  }
});

it('no widget of the dashboard shows more alarms than one can', () => {
  const [[, dashboard] = []] = resources(nestedTemplate(stack, 'Dashboard'), 'AWS::CloudWatch::Dashboard');
  const { widgets } = JSON.parse(String(resolve(dashboard?.Properties.DashboardBody))) as {
    widgets: Array<{ type: string; properties: { alarms?: string[] } }>;
  };
  const counts = widgets.flatMap(({ type, properties }) =>
    type === 'alarm' ? [properties.alarms?.length ?? 0] : [],
  );
  // Amazon CloudWatch API Reference, "Dashboard body structure": 1 to 100 alarms in a widget, 500 widgets.
  expect(counts).toHaveLength(MOST_SOURCES + 1);
  expect(Math.max(...counts)).toBeLessThanOrEqual(100);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
  expect(widgets.length).toBeLessThanOrEqual(500);
});

it('no role is larger than IAM takes', () => {
  for (const one of [template, ofReplica]) {
    for (const [id] of resources(one, 'AWS::IAM::Role')) {
      const statements = roleStatements(one, new RegExp(`^${id}$`));
      // 10,240 characters without white space for all inline policies of a role; ARNs grow when they are resolved.
      expect(JSON.stringify(statements).length, id).toBeLessThan(8_000);
    }
  }
});

it.each(['Tasks', 'TaskEnds'])(
  'the nested stack %s of the largest environment is no larger than CloudFormation takes',
  (name) => {
    const nested = nestedStack(stack, name);
    if (!nested) throw new Error(`there is no ${name}`);
    const json = Template.fromStack(nested).toJSON() as { Resources: object; Parameters?: object };
    expect(Object.keys(json.Resources).length).toBeLessThanOrEqual(500);
    expect(Object.keys(json.Parameters ?? {}).length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(json).length).toBeLessThan(1_000_000);
  },
);

it('what a backup function must know leaves room for its settings', () => {
  for (const [id, { Properties }] of resources(template, 'AWS::Lambda::Function')) {
    if (!/BackupFunction/.test(id)) continue;
    const { Variables } = resolve(Properties.Environment) as { Variables: object };
    expect(JSON.stringify(Variables).length + ROOM_FOR_SETTINGS_BYTES, id).toBeLessThan(4096);
  }
});
