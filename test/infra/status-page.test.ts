import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import type { EnvironmentSettings } from '../../lib/infra/environment/environment-settings.ts';
import { nestedTemplate } from './support/nested.ts';
import { isAllowed, roleStatements } from './support/policy.ts';
import { resource, stackOf } from './support/synthesized.ts';

const production = environments.production as EnvironmentSettings;
const settings: EnvironmentSettings = {
  ...production,
  statusPage: true,
  notifications: { ...production.notifications, digest: 'cron(0 7 ? * MON *)' },
};
const stack = stackOf(settings, 'production');
const parent = Template.fromStack(stack);
const nested = nestedTemplate(stack, 'StatusPage');

it('makes nothing of a page unless it is asked for', () => {
  const without = Template.fromStack(stackOf({ ...production, statusPage: false }, 'production'));
  expect(Object.keys(without.toJSON().Resources).filter((id) => id.includes('StatusPage'))).toEqual([]);
  expect(JSON.stringify(without.toJSON())).not.toContain('statusPage');
});

it('tells the sentinel, by its schedule, which function writes the page', () => {
  const inputs = Object.values(parent.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) =>
    JSON.stringify(Properties.Target.Input),
  );
  expect(inputs.filter((input) => input.includes('statusPageFunction'))).toHaveLength(1);
});

it('tells the digest where the page is', () => {
  const inputs = Object.values(parent.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) =>
    JSON.stringify(Properties.Target.Input),
  );
  expect(inputs.filter((input) => input.includes('console.aws.amazon.com/s3/object/'))).toHaveLength(1);
});

it('knows the limits of the alarms', () => {
  const [, writer] = resource(nested, 'AWS::Lambda::Function', /Writer/);
  const { Variables } = writer.Properties.Environment as { Variables: Record<string, string> };
  const [source] = JSON.parse(Variables.LIFEBOAT_STATUS_SOURCES ?? '[]');
  const [, alarm] = Object.entries(parent.findResources('AWS::CloudWatch::Alarm')).find(
    ([, { Properties }]) => Properties.AlarmName === `lifeboat-production-${source[0]}-no-backup-25h`,
  ) ?? [undefined, undefined];
  expect(source[1]).toBe(alarm?.Properties.Threshold);
});

it('writes one object, beside the vault, and no row can be read by it', () => {
  const own = roleStatements(nested, /WriterRole/);
  const [bucket] = resource(nested, 'AWS::S3::Bucket', /Pages/);
  const may = (action: string, target: string) =>
    isAllowed(own, { action, resource: target, context: { 'aws:SecureTransport': 'true' } });
  expect(may('s3:PutObject', `arn:${bucket}/status.html`)).toBe(true);
  expect(may('s3:PutObject', `arn:${bucket}/other.html`)).toBe(false);
  const puts = own.filter(({ Action }) => JSON.stringify(Action).includes('s3:Put'));
  expect(puts).toHaveLength(1);
  expect(JSON.stringify(own)).not.toMatch(/"s3:Delete|:\*"|PutObjectTagging|BypassGovernance/);
});

it('lets the restore role read the page, and the sentinel start the function', () => {
  nested.hasResourceProperties('AWS::IAM::RolePolicy', {
    PolicyName: 'StatusPageRead',
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({ Action: 's3:GetObject' }),
        Match.objectLike({ Action: 's3:ListBucket' }),
      ]),
    }),
  });
  nested.hasResourceProperties('AWS::IAM::RolePolicy', {
    PolicyName: 'StatusPageStart',
    PolicyDocument: Match.objectLike({ Statement: [Match.objectLike({ Action: 'lambda:InvokeFunction' })] }),
  });
});
