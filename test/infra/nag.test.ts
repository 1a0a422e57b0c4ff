import { Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import type { EnvironmentSettings } from '../../lib/infra/environment/environment-settings.ts';
import { makeStacks } from '../../lib/infra/make-stacks.ts';
import { appWithoutBundles } from './support/synthesized.ts';

/** In a file of its own: a violation makes every synthesis of the app throw. */
function checked(environment: string, settings: EnvironmentSettings) {
  const app = appWithoutBundles();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  const { vault: stack, replica } = makeStacks(app, environment, settings);
  return { app, stack, replica };
}

const inVpc: EnvironmentSettings = {
  sources: [
    {
      name: 'app',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
      secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
      vpc: {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-central-1a'],
        subnetIds: ['subnet-0123456789abcdef0'],
        dualStack: true,
      },
      drillAfterBackup: true,
      health: {},
      pointInTime: {},
      exports: [{ name: 'users', tables: ['public.users'] }],
      heartbeat: {
        secretName: 'lifeboat/heartbeat-app',
        secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
      },
    },
  ],
  notifications: {
    emails: ['ada@example.com'],
    channels: [
      { kind: 'slack', secretName: 'ops', secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123' },
      { kind: 'pagerduty', secretName: 'night' },
    ],
    digest: 'rate(7 days)',
    heartbeat: { secretName: 'lifeboat/heartbeat' },
  },
  healthEndpoint: { auth: 'iam' },
};

const replicated = (account: string): EnvironmentSettings => ({
  ...inVpc,
  account: '123456789012',
  region: 'eu-central-1',
  replica: { region: 'eu-west-1', account, drillSchedule: 'rate(1 day)' },
});

const inTasks: EnvironmentSettings = {
  sources: [
    {
      name: 'app',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
      drill: 'auto',
    },
    {
      name: 'vectors',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:vectors-AbCdEf',
      drill: 'task',
      drillImage: 'pgvector/pgvector:pg17',
    },
  ],
  restoreOnAws: {
    targetSecretArns: ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:target-AbCdEf'],
  },
  notifications: { emails: ['ada@example.com'] },
};

describe('cdk-nag AwsSolutions', () => {
  it.each([
    ...Object.entries(environments),
    ['network', inVpc] as const,
    ['tasks', inTasks] as const,
    ['near', replicated('123456789012')] as const,
    ['far', replicated('210987654321')] as const,
  ])('finds nothing in %s', (name, settings) => {
    expect(() => checked(name, settings).app.synth()).not.toThrow();
  });

  it('would find something', () => {
    const { app, stack } = checked('network', inVpc);
    new Queue(stack, 'Plain');
    expect(() => app.synth()).toThrow();
  });

  it('is told why each finding is accepted, on the resource that has it', () => {
    const { stack, replica } = checked('network', replicated('210987654321'));
    const accepted = [stack, replica]
      .flatMap((one) => one?.node.findAll() ?? [])
      .flatMap((construct) =>
        construct.node.metadata
          .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          .flatMap(({ data }) =>
            Object.entries(data as Record<string, unknown>).map(([id, why]) => ({ construct, id, why })),
          ),
      )
      .filter(({ id }) => id.includes('AwsSolutions-'));
    expect(accepted.length).toBeGreaterThan(10);
    for (const { construct, id, why } of accepted) {
      // One resource, never a function's or a source's whole tree.
      expect(construct.node.path, id).toMatch(
        /\/(Role|ExecutionRole|Policy|Queue|Work\/Bucket|Bucket|Machine|Definition|Cluster|Vpc)$/,
      );
      expect(id).toMatch(/AwsSolutions-((SQS3|S1|SF[12]|ECS2|ECS4|VPC7)$|IAM5\[Resource::)/);
      expect(JSON.stringify(why).length, id).toBeGreaterThan(20);
    }
  });
});
