import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resolve } from './support/intrinsics.ts';
import { resource, resources, templateOf } from './support/synthesized.ts';

const template = templateOf('production');
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf';

function schedule(logicalId: RegExp) {
  const [, found] = resource(template, 'AWS::Scheduler::Schedule', logicalId);
  const properties = resolve(found.Properties) as Record<string, unknown>;
  return { ...properties, Target: properties.Target as Record<string, unknown> };
}

describe('schedules', () => {
  it('are a backup and a drill for each source, and the sentinel', () => {
    expect(
      resources(template, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => [
        Properties.ScheduleExpression,
        Properties.ScheduleExpressionTimezone,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['cron(0 2 * * ? *)', 'UTC'],
        ['cron(0 5 ? * SUN *)', 'UTC'],
        ['cron(30 0/6 * * ? *)', 'Europe/Berlin'],
        ['cron(0 4 ? * SUN *)', 'Europe/Berlin'],
        ['rate(5 minutes)', 'UTC'],
      ]),
    );
  });

  it('back up at 02:00 UTC and drill on Sundays unless told otherwise', () => {
    const plain = templateOf('development');
    plain.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
    });
    plain.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 5 ? * SUN *)',
      ScheduleExpressionTimezone: 'UTC',
    });
  });

  it('are on time, handed over until the slot is too old, and end in the dead letters of their own source', () => {
    const queues = new Map<unknown, string>();
    for (const [id, { Properties }] of resources(template, 'AWS::Scheduler::Schedule')) {
      // Those of health leave no dead letters: health.test.ts.
      if (id.startsWith('Health')) continue;
      const { FlexibleTimeWindow, Target } = resolve(Properties) as {
        FlexibleTimeWindow: unknown;
        Target: { Arn: string; RetryPolicy: unknown; DeadLetterConfig: { Arn: string } };
      };
      expect(FlexibleTimeWindow, id).toEqual({ Mode: 'OFF' });
      expect(Target.RetryPolicy, id).toEqual({
        MaximumRetryAttempts: 185,
        // The next look of the sentinel is as good as this one.
        // A scrub reads for hours, at no fixed time.
        MaximumEventAgeInSeconds: id.includes('Sentinel') ? 300 : id.startsWith('Scrub') ? 86_400 : 900,
      });
      const deadLetters = Target.DeadLetterConfig.Arn;
      // The keeper and scrubs look at the vault, as the sentinel does.
      const [owner = ''] = /Source[a-z0-9]+|Sentinel/.exec(id.replace(/Keeper|^Scrub/, 'Sentinel')) ?? [];
      expect(queues.get(deadLetters) ?? owner, id).toBe(owner);
      queues.set(deadLetters, owner);
      if (id.startsWith('Scrub')) {
        expect(Target.Arn).toMatch(/^arn:ScrubMachine/);
        continue;
      }
      // The function's own letters go to the same queue, so there is one place to look.
      const destinations = resources(template, 'AWS::Lambda::EventInvokeConfig')
        .map(([, config]) => resolve(config.Properties) as Record<string, unknown>)
        .filter(({ FunctionName }) => `arn:${String(FunctionName)}` === Target.Arn);
      expect(destinations, id).toMatchObject([
        { DestinationConfig: { OnFailure: { Destination: deadLetters } } },
      ]);
    }
  });

  it('are others, with a date of creation of their own, once the expression or the zone changes, and not before', () => {
    const withSource = (settings: object) => {
      const source = { name: 'app', secretArn: SECRET, ...settings };
      const changed = templateOf('development', { sources: [source] });
      const named = (pattern: RegExp) => resource(changed, 'AWS::Scheduler::Schedule', pattern)[0];
      return { backup: named(/BackupSchedule/), drill: named(/DrillSchedule/) };
    };
    const plain = withSource({});
    expect(withSource({ drillChecks: [{ name: 'a', sql: 'SELECT 1', expect: '1' }] })).toEqual(plain);
    const hourly = withSource({ schedule: 'cron(0 * * * ? *)' });
    expect(hourly.backup).not.toBe(plain.backup);
    expect(hourly.drill).toBe(plain.drill);
    expect(withSource({ drillSchedule: 'cron(0 5 * * ? *)' }).drill).not.toBe(plain.drill);
    // A proof is due sooner where each backup is drilled.
    expect(withSource({ drillAfterBackup: true })).toMatchObject({ backup: plain.backup });
    expect(withSource({ drillAfterBackup: true }).drill).not.toBe(plain.drill);
    expect(withSource({ timeZone: 'Asia/Tokyo' }).backup).not.toBe(plain.backup);
  });

  it('tell a backup its slot and the schedule that its class follows from', () => {
    expect(JSON.parse(String(schedule(/SourcebillingBackupSchedule/).Target.Input))).toEqual({
      slot: '<aws.scheduler.scheduled-time>',
      schedule: 'cron(30 0/6 * * ? *)',
      timeZone: 'Europe/Berlin',
    });
    expect(JSON.parse(String(schedule(/SourcebillingDrillSchedule/).Target.Input))).toEqual({
      backup: 'latest',
    });
  });
});

describe('a drill after each backup', () => {
  const staging = templateOf('staging');
  const [vaultId] = resource(staging, 'AWS::S3::Bucket', /VaultBucket/);
  const [drillId] = resource(staging, 'AWS::Lambda::Function', /RestoreDrillFunction/);
  const [queueId] = resource(staging, 'AWS::SQS::Queue', /SourceappDeadLetterQueue/);

  it('begins when a manifest of the source appears in the vault', () => {
    const [, rule] = resource(staging, 'AWS::Events::Rule', /DrillAfterBackup/);
    expect(resolve(rule.Properties.EventPattern)).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: [vaultId] },
        object: {
          key: ['daily', 'weekly', 'monthly', 'manual'].map((name) => ({
            wildcard: `${name}/app/*/manifest.json`,
          })),
        },
      },
    });
    expect(resolve(rule.Properties.Targets)).toMatchObject([
      {
        Arn: `arn:${drillId}`,
        DeadLetterConfig: { Arn: `arn:${queueId}` },
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 900 },
        InputTransformer: {
          InputPathsMap: { 'detail-object-key': '$.detail.object.key' },
          InputTemplate: '{"manifestKey":<detail-object-key>}',
        },
      },
    ]);
  });

  it('needs no custom resource', () => {
    staging.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    const types = Object.values(staging.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );
    expect(types.filter((type) => /^Custom::|CloudFormation::CustomResource/.test(type))).toEqual([]);
  });

  it('is only there when asked for', () => {
    const rules = Object.keys(template.findResources('AWS::Events::Rule'));
    expect(rules.filter((id) => !/GuardAlert|^TaskEnds/.test(id))).toEqual([]);
    template.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: Match.absent(),
      ObjectLockEnabled: true,
    });
  });
});
