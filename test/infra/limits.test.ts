import { readFileSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { MOST_SOURCES } from '../../lib/infra/check-postgres-backup.ts';
import { resolve } from './support/intrinsics.ts';
import { resource, resources, stackOf } from './support/synthesized.ts';

/** As many sources as are accepted, each with everything that can be had, and names as long as may be. */
const stack = stackOf({
  sources: Array.from({ length: MOST_SOURCES }, (_, index) => ({
    name: `${'a'.repeat(61)}${10 + index}`,
    secretArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:app${index}-AbCdEf`,
    secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
    drillAfterBackup: true,
    vpc: {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    },
  })),
  notifications: { emails: ['ada@example.com'] },
});
const template = Template.fromStack(stack);

it('the largest environment is a stack that CloudFormation takes', () => {
  // AWS CloudFormation User Guide, "Understand CloudFormation quotas".
  expect(Object.keys(template.toJSON().Resources as object).length).toBeLessThanOrEqual(500);
  const file = (stack.node.root as App).synth().getStackByName(stack.stackName).templateFullPath;
  expect(readFileSync(file).length).toBeLessThan(1_000_000);
});

it('the sentinel’s list of sources fits into its environment', () => {
  const [, sentinel] = resource(template, 'AWS::Lambda::Function', /Sentinel/);
  const { Variables } = resolve(sentinel.Properties.Environment) as { Variables: Record<string, string> };
  const watched = JSON.parse(Variables.LIFEBOAT_SOURCES ?? '') as Array<Record<string, string>>;
  expect(watched).toHaveLength(MOST_SOURCES);
  // Schedules' names, made by CloudFormation, have up to 64 characters.
  const longest = watched.map((one) => ({
    ...one,
    backupSchedule: 'x'.repeat(64),
    drillSchedule: 'x'.repeat(64),
  }));
  const environment = JSON.stringify({ ...Variables, LIFEBOAT_SOURCES: JSON.stringify(longest) });
  expect(environment.length).toBeLessThan(4096);
});

it('the alarms to page on, one for each source and one for the vault, take all that they are made of', () => {
  const pages = resources(template, 'AWS::CloudWatch::CompositeAlarm');
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
  const [[, dashboard] = []] = resources(template, 'AWS::CloudWatch::Dashboard');
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
  for (const [id, role] of resources(template, 'AWS::IAM::Role')) {
    // 10,240 characters without white space for all inline policies of a role; ARNs grow when they are resolved.
    expect(JSON.stringify(resolve(role.Properties.Policies)).length, id).toBeLessThan(8_000);
  }
});
