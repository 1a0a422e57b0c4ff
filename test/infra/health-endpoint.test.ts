import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { EnvironmentSettings } from '../../lib/infra/environment/environment-settings.ts';
import { readEnvironments } from '../../lib/infra/environment/read-environments.ts';
import { resolve } from './support/intrinsics.ts';
import { nestedTemplate, nestedTemplates } from './support/nested.ts';
import { isAllowed, roleStatements } from './support/policy.ts';
import { resource, stackOf } from './support/synthesized.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:monitor-AbCdEf';
const settings = (auth: 'iam' | object | undefined, measured = true): EnvironmentSettings => ({
  region: 'eu-central-1',
  sources: ['app', 'shop'].map((name) => ({
    name,
    secretArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`,
    ...(measured && name === 'app' && { health: {} }),
    ...(name === 'shop' && { drill: 'off' as const }),
  })),
  notifications: { emails: ['ada@example.com'] },
  ...(auth !== undefined && { healthEndpoint: { auth } as EnvironmentSettings['healthEndpoint'] & object }),
});

describe('the health endpoint', () => {
  it('is there only if somebody asks for it, behind IAM', () => {
    expect([...nestedTemplates(stackOf(settings(undefined), 'none')).keys()].join()).not.toContain(
      'Endpoint',
    );
    const stack = stackOf(settings('iam'), 'iam');
    const template = nestedTemplate(stack, 'HealthEndpoint');
    const [, url] = resource(template, 'AWS::Lambda::Url', /./);
    expect(url.Properties.AuthType).toBe('AWS_IAM');
    expect(template.findResources('AWS::Lambda::Permission')).toEqual({});
    expect(Object.keys(Template.fromStack(stack).toJSON().Outputs)).toContain('HealthEndpoint');
  });

  it('may read manifests, proofs and results, and nothing else; it is told the limits of the alarms', () => {
    const template = nestedTemplate(stackOf(settings('iam'), 'rights'), 'HealthEndpoint');
    const [, { Properties }] = resource(template, 'AWS::Lambda::Function', /./);
    const { Variables } = resolve(Properties.Environment) as { Variables: Record<string, string> };
    expect(JSON.parse(Variables.LIFEBOAT_ENDPOINT_SOURCES ?? '')).toEqual([
      { name: 'app', backupSeconds: expect.any(Number), proofSeconds: expect.any(Number), measured: true },
      { name: 'shop', backupSeconds: expect.any(Number), measured: false },
    ]);
    expect(Variables).not.toHaveProperty('LIFEBOAT_ENDPOINT_SECRET_ARN');
    const actions = roleStatements(template, /./).flatMap(({ Action }) => Action);
    expect([...new Set(actions)].toSorted()).toEqual([
      'kms:Decrypt',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
    ]);
  });

  it('a secret in a header: open to the network, and the function reads that secret alone', () => {
    const secretHeader = { secretArn: SECRET, header: 'x-monitor' };
    const template = nestedTemplate(stackOf(settings({ secretHeader }), 'header'), 'HealthEndpoint');
    const [, url] = resource(template, 'AWS::Lambda::Url', /./);
    expect(url.Properties.AuthType).toBe('NONE');
    const [, { Properties }] = resource(template, 'AWS::Lambda::Function', /./);
    expect(resolve(Properties.Environment)).toMatchObject({
      Variables: { LIFEBOAT_ENDPOINT_SECRET_ARN: SECRET, LIFEBOAT_ENDPOINT_HEADER: 'x-monitor' },
    });
    const statements = roleStatements(template, /./);
    expect(isAllowed(statements, { action: 'secretsmanager:GetSecretValue', resource: SECRET })).toBe(true);
    expect(isAllowed(statements, { action: 'secretsmanager:GetSecretValue', resource: `${SECRET}x` })).toBe(
      false,
    );
  });

  it.each([
    [{ auth: 'none' }, /healthEndpoint.*"iam"/],
    [{}, /healthEndpoint/],
    [{ auth: { secretHeader: {} } }, /healthEndpoint/],
    [{ auth: { secretHeader: { secretArn: SECRET, header: 'authorization' } } }, /healthEndpoint/],
    [
      { auth: { secretHeader: { secretArn: SECRET.replace('eu-central-1', 'us-east-1') } } },
      /is in us-east-1 while/,
    ],
  ])('refuses %j', (healthEndpoint, message) => {
    const given = { production: { ...settings(undefined), healthEndpoint } };
    expect(() => readEnvironments(given as never, undefined, new Date())).toThrow(message);
  });

  it('refuses to tell of nothing', () => {
    const stack = stackOf(settings('iam', false), 'nothing');
    expect(() => Template.fromStack(stack)).toThrow('no source is measured');
  });
});
