import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type {
  EnvironmentSettings,
  SourceSettings,
} from '../../lib/infra/environment/environment-settings.ts';
import { readEnvironments } from '../../lib/infra/environment/read-environments.ts';
import { changesOf } from './simulation/health-walk.ts';
import { metricAlarmsOf } from './simulation/template-alarms.ts';
import { resolve } from './support/intrinsics.ts';
import { nestedTemplate, nestedTemplates } from './support/nested.ts';
import { isAllowed, roleStatements } from './support/policy.ts';
import { resource, resources, stackOf } from './support/synthesized.ts';

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
const USERS = { name: 'users', tables: ['public.users', 'auth.sessions'] };
const CREDITS = { name: 'credits', query: 'SELECT * FROM public.credits', format: 'parquet', keepDays: 30 };
const stack = stackOf(settingsOf({ exports: [USERS] }, {}, { exports: [CREDITS, USERS] }));
const parent = Template.fromStack(stack);
const template = nestedTemplate(stack, 'Exports');

describe('the stack of exports', () => {
  it('is there only if a source asks for it, with a function for each that does', () => {
    expect([...nestedTemplates(stackOf(settingsOf({}), 'plain')).keys()]).not.toContain('Exports');
    const ids = resources(template, 'AWS::Lambda::Function').map(([id]) => id.replace(/Function.*/, ''));
    expect(ids.sort()).toEqual(['Sourceapp0Export', 'Sourceapp2Export']);
  });

  it('tells the function what to export, and gives it room only for queries', () => {
    const [, { Properties }] = resource(template, 'AWS::Lambda::Function', /Sourceapp2Export/);
    const { Variables } = resolve(Properties.Environment) as { Variables: Record<string, string> };
    expect(JSON.parse(Variables.LIFEBOAT_EXPORTS ?? '')).toEqual([
      CREDITS,
      { ...USERS, format: 'csv', keepDays: 7 },
    ]);
    expect(Variables).not.toHaveProperty('LIFEBOAT_SECRET_ARN');
    expect(Properties.EphemeralStorage).toEqual({ Size: 10_240 });
    const [, tablesOnly] = resource(template, 'AWS::Lambda::Function', /Sourceapp0Export/);
    expect(tablesOnly.Properties.EphemeralStorage).toEqual({ Size: 512 });
  });

  it('deletes exports after their days, and locks and versions nothing', () => {
    const [, { Properties, DeletionPolicy }] = resource(template, 'AWS::S3::Bucket', /^ExportsBucket/);
    const { Rules } = Properties.LifecycleConfiguration as { Rules: Array<Record<string, unknown>> };
    expect(Rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      [undefined, undefined],
      ['keep-7-days/', 7],
      ['keep-30-days/', 30],
    ]);
    expect(Properties).not.toHaveProperty('ObjectLockEnabled');
    expect(Properties).not.toHaveProperty('VersioningConfiguration');
    expect(JSON.stringify(Properties.BucketEncryption)).toContain('aws:kms');
    expect(DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('starts it when a scheduled backup of its source is sealed, and not by a backup that people ask for', () => {
    const [, { Properties }] = resource(template, 'AWS::Events::Rule', /Sourceapp0/);
    const pattern = resolve(Properties.EventPattern) as { detail: { object: { key: unknown[] } } };
    expect(pattern.detail.object.key).toEqual(
      ['daily', 'weekly', 'monthly'].map((name) => ({ wildcard: `${name}/app0/*/manifest.json` })),
    );
  });

  it('is made before the policy of the vault, and so removed after it', () => {
    const [id] = resource(parent, 'AWS::CloudFormation::Stack', /Exports/);
    expect(resource(parent, 'AWS::S3::BucketPolicy', /VaultBucket/)[1].DependsOn).toContain(id);
  });

  it('tells people within minutes when an export fails, once, and is quiet when all goes well', () => {
    const [alarm] = metricAlarmsOf(template).filter(
      ({ name }) => name === 'lifeboat-production-app2-export-failed',
    );
    if (!alarm) throw new Error('there is an alarm');
    const perMinute = 60_000;
    const runs = (failing: readonly number[]) =>
      [60, 1500, 2940].map((minute) => ({
        ...{ metric: 'Errors', atMs: minute * perMinute },
        value: failing.includes(minute) ? 1 : 0,
      }));
    const heard = (failing: readonly number[]) => changesOf(alarm, runs(failing), { minutes: 3 * 1440 });
    expect(heard([]).filter(({ state }) => state === 'ALARM')).toEqual([]);
    const [told, ...more] = heard([1500]).filter(({ state }) => state === 'ALARM');
    expect(more).toEqual([]);
    expect(told?.atMinute).toBeGreaterThanOrEqual(1500);
    expect(told?.atMinute).toBeLessThanOrEqual(1510);
  });

  it('alarms when an export fails, and does not page', () => {
    const [, { Properties }] = resource(template, 'AWS::CloudWatch::Alarm', /Sourceapp2/);
    expect(resolve(Properties)).toMatchObject({
      AlarmName: 'lifeboat-production-app2-export-failed',
      TreatMissingData: 'notBreaching',
      Threshold: 1,
    });
  });
});

describe('what the function may do', () => {
  const statements = roleStatements(template, /Sourceapp2ExportRole/);
  const resourcesOf = (sid: string) =>
    statements
      .filter((one) => (one as { Sid?: string }).Sid === sid)
      .flatMap(({ Resource }) => Resource)
      .map(String);
  const [written = ''] = resourcesOf('WriteExports');
  const may = (action: string, target: string, context: Record<string, string> = {}) =>
    isAllowed(statements, { action, resource: target, context });
  const exported = (key: string) => written.replace('keep-*-days/app2/*', key);

  it('writes exports of its source, and neither reads nor deletes one', () => {
    expect(may('s3:PutObject', exported('keep-7-days/app2/users/x/users.csv'))).toBe(true);
    expect(may('s3:PutObject', exported('keep-7-days/app0/users/x/users.csv'))).toBe(false);
    for (const action of ['s3:GetObject', 's3:DeleteObject', 's3:PutObjectRetention'])
      expect(may(action, exported('keep-7-days/app2/users/x/users.csv')), action).toBe(false);
  });

  it('reads backups of its source, and writes none; has no secret of the source', () => {
    const [daily = ''] = resourcesOf('ReadBackups');
    expect(daily).toContain('/daily/app2/');
    const object = (key: string) => daily.replace('daily/app2/*', key);
    expect(may('s3:GetObject', object('daily/app2/1/manifest.json'))).toBe(true);
    expect(may('s3:GetObject', object('daily/app0/1/manifest.json'))).toBe(false);
    expect(may('s3:PutObject', object('daily/app2/1/manifest.json'))).toBe(false);
    expect(statements.flatMap(({ Action }) => Action)).not.toContain('secretsmanager:GetSecretValue');
  });
});

describe('settings that are refused', () => {
  it.each([
    [{ name: 'Users', tables: ['a'] }, 'exports[0].name'],
    [{ name: 'users' }, 'either tables or a query'],
    [{ name: 'users', tables: ['a'], query: 'SELECT 1' }, 'either tables or a query'],
    [{ name: 'users', tables: ['a'], format: 'xlsx' }, 'csv, ndjson, parquet'],
    [{ name: 'users', tables: ['a'], keepDays: 365 }, 'from 1 to 90'],
  ])('%j', (one, said) => {
    expect(() =>
      readEnvironments(
        { production: settingsOf({ exports: [one] }) },
        undefined,
        new Date('2026-11-30T00:00:00Z'),
      ),
    ).toThrow(said);
  });
});
