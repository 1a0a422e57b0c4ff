import { globSync, readFileSync } from 'node:fs';
import { type App, Stack, TimeZone } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import { PostgresBackup } from '../../lib/infra/index.ts';
import { nestedTemplates } from './support/nested.ts';
import { appWithoutBundles, resources, stackOf, templateOf } from './support/synthesized.ts';

/** Somebody else's app, which knows nothing of bin/environments.ts. */
class ShopStack extends Stack {
  readonly backup: PostgresBackup;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const vpc = Vpc.fromVpcAttributes(this, 'Network', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a'],
      privateSubnetIds: ['subnet-0123456789abcdef0'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
    });
    this.backup = new PostgresBackup(this, 'Backup', {
      environment: 'shop',
      sources: [
        {
          name: 'orders',
          secret: Secret.fromSecretNameV2(this, 'Orders', 'shop/orders'),
          network: { vpc },
          timeZone: TimeZone.EUROPE_BERLIN,
          schedule: ScheduleExpression.cron({ minute: '0', hour: '4' }),
        },
        { name: 'users', secret: Secret.fromSecretNameV2(this, 'Users', 'shop/users') },
      ],
    });
    this.backup.alertTopic.addSubscription(new UrlSubscription('https://pager.example.com/hook'));
  }
}

describe('PostgresBackup in somebody else’s app', () => {
  it('synthesizes, with its own secrets and network, and can be built upon', () => {
    const stack = new ShopStack(appWithoutBundles(), 'Shop');
    const template = Template.fromStack(stack);
    expect(resources(template, 'AWS::Lambda::Function')).toHaveLength(6);
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'https' });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'lifeboat-shop-orders-no-backup-25h',
      Threshold: 26 * 3600,
    });
    expect(stack.backup.sources.map(({ name }) => name)).toEqual(['orders', 'users']);
  });

  it('is the same whatever feature flags the app around it has set', () => {
    const resourcesUnder = (flags: object) => {
      const app = appWithoutBundles(flags);
      const { Resources } = Template.fromStack(new ShopStack(app, 'Shop')).toJSON() as {
        Resources: Record<string, { Type: string }>;
      };
      return Object.entries(Resources)
        .map(([id, { Type }]) => `${Type} ${id}`)
        .sort();
    };
    const plain = resourcesUnder({});
    expect(plain.length).toBeGreaterThan(60);
    expect(resourcesUnder(CURRENTLY_RECOMMENDED_FLAGS)).toEqual(plain);
  });

  it('says at once what is wrong with its props', () => {
    const stack = new Stack(appWithoutBundles(), 'Shop');
    const secret = Secret.fromSecretNameV2(stack, 'Secret', 'shop/orders');
    const make = (schedule: string) =>
      new PostgresBackup(stack, schedule, {
        environment: 'shop',
        sources: [{ name: 'orders', secret, schedule: ScheduleExpression.expression(schedule) }],
      });
    expect(() => make('cron(0 2 * * *)')).toThrow('sources[0].schedule: cron(0 2 * * *) has 5 fields');
  });

  it('shows, in its public props, neither unions nor generics, so that jsii stays possible', () => {
    const files = globSync('lib/infra/**/*.ts');
    const props = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^export interface (\w+Props)\b[^{]*\{\n([\s\S]*?)\n\}/gm)].map(
        ([, name = '', body = '']) => ({ name, body }),
      ),
    );
    expect(props.length).toBeGreaterThan(8);
    for (const { name, body } of props) {
      const members = body.split('\n').filter((line) => /^ {2}\w/.test(line));
      expect(members.length, name).toBeGreaterThan(0);
      for (const member of members) {
        const type = /^ {2}readonly \w+\??: ([^;]+);$/.exec(member)?.[1];
        expect(type, `${name}: ${member}`).toBeDefined();
        // Record<string, string> is the one generic type that jsii knows.
        expect(type?.replace('Record<string, string>', ''), `${name}: ${member}`).not.toMatch(/[|<]/);
      }
    }
  });
});

describe('every example environment', () => {
  it.each(Object.keys(environments))('%s synthesizes with no account and no lookup', (name) => {
    const template = templateOf(name);
    expect(resources(template, 'AWS::S3::Bucket').filter(([id]) => /^Lifeboat/.test(id))).toHaveLength(2);
    const example = environments[name];
    if (!example) throw new Error('there is no such example');
    const assembly = stackOf(example, name).node.root;
    expect((assembly as App).synth().manifest.missing ?? []).toEqual([]);
  });

  it('names what people need in its outputs', () => {
    const outputs = templateOf('production').toJSON().Outputs as Record<string, unknown>;
    expect(Object.keys(outputs).sort()).toEqual([
      'AlertTopic',
      'BackupFunctionApp',
      'BackupFunctionBilling',
      'BreakGlassRole',
      'Dashboard',
      'HealthFunctionApp',
      'HealthResults',
      'HoldRole',
      'KeeperFunction',
      'PageNowAlarm',
      'PageNowAlarmApp',
      'PageNowAlarmBilling',
      'RestoreDrillFunctionApp',
      'RestoreDrillFunctionBilling',
      'RestoreRole',
      'RunbookCommand',
      'ScrubStateMachine',
      'SentinelFunction',
      'VaultBucket',
    ]);
  });

  it('is made of plain resources: no custom resource, no managed policy, nothing that an emulator would not know', () => {
    const allowed =
      /^AWS::(S3|KMS|Lambda|IAM|SNS|SQS|CloudWatch|Logs|Scheduler|Events|EC2|ECS|StepFunctions)::|^AWS::CloudFormation::Stack$/;
    for (const [name, settings] of Object.entries(environments)) {
      const nested = [...nestedTemplates(stackOf(settings, name)).values()];
      for (const template of [templateOf(name), ...nested]) {
        const { Resources } = template.toJSON() as { Resources: Record<string, { Type: string }> };
        for (const [id, { Type }] of Object.entries(Resources)) expect(Type, id).toMatch(allowed);
      }
    }
  });
});
