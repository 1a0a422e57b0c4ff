import { describe, expect, it } from 'vitest';
import { evaluate, type State } from './simulation/evaluate.ts';
import { alarmsOf } from './simulation/template-alarms.ts';
import { resolve } from './support/intrinsics.ts';
import { resource, resources, templateOf } from './support/synthesized.ts';

const template = templateOf('production');

describe('the keeper', () => {
  const [id, { Properties }] = resource(template, 'AWS::Lambda::Function', /KeeperFunction/);

  it('is told the days of each class as the rules of the bucket have them', () => {
    const { Variables } = resolve(Properties.Environment) as { Variables: Record<string, string> };
    const [, { Properties: bucket }] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
    const { Rules } = bucket.LifecycleConfiguration as {
      Rules: Array<{ Id: string; ExpirationInDays?: number }>;
    };
    const days = Rules.flatMap(({ Id, ExpirationInDays }) =>
      ExpirationInDays === undefined || Id === 'changes' ? [] : [[Id, ExpirationInDays] as const],
    );
    expect(JSON.parse(Variables.LIFEBOAT_KEPT_DAYS ?? '')).toEqual(Object.fromEntries(days));
    expect(Variables).not.toHaveProperty('LIFEBOAT_UNDRILLED_SOURCES');
  });

  it('starts at once when the stack is new, and then twice a day', () => {
    const [, schedule] = resource(template, 'AWS::Scheduler::Schedule', /KeeperSchedule/);
    expect(schedule.Properties.ScheduleExpression).toBe('rate(12 hours)');
    expect(resolve(schedule.Properties.Target)).toMatchObject({ Arn: `arn:${id}` });
  });

  it('and everybody who reads the bucket are told which sources nobody drills', () => {
    const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf';
    const undrilled = templateOf('development', {
      sources: [
        { name: 'app', secretArn },
        { name: 'logs', secretArn, drill: 'off' },
        { name: 'big', secretArn, drill: 'elsewhere' },
      ],
    });
    const [, keeper] = resource(undrilled, 'AWS::Lambda::Function', /KeeperFunction/);
    const { Variables } = resolve(keeper.Properties.Environment) as { Variables: Record<string, string> };
    expect(Variables.LIFEBOAT_UNDRILLED_SOURCES).toBe('["logs"]');
    const [, bucket] = resource(undrilled, 'AWS::S3::Bucket', /VaultBucket/);
    const tags = (bucket.Properties.Tags as Array<{ Key: string; Value: string }>).filter(({ Key }) =>
      Key.startsWith('lifeboat-undrilled-'),
    );
    expect(tags).toEqual([{ Key: 'lifeboat-undrilled-logs', Value: 'yes' }]);
  });

  it('shares role and dead letters with the sentinel, whose alarm tells of its failures', () => {
    const roles = resources(template, 'AWS::Scheduler::Schedule')
      .filter(([name]) => /Keeper|Sentinel/.test(name))
      .map(([, schedule]) => (resolve(schedule.Properties.Target) as { RoleArn: string }).RoleArn);
    expect(roles).toHaveLength(2);
    expect(new Set(roles).size).toBe(1);
  });
});

describe('keeper-silent', () => {
  const alarm = alarmsOf(template).metric.find(({ name }) => name.endsWith('-keeper-silent'));
  if (!alarm) throw new Error('there is no alarm on a silent keeper');
  const evaluation = { ...alarm, isBreaching: (value: number) => value < alarm.threshold };
  const stateAfter = (series: number[], before: State = 'OK') =>
    evaluate(evaluation, Float64Array.from(series), series.length - 1, before);
  const none = Number.NaN;

  it('evaluates no longer than CloudWatch does', () => {
    expect(alarm.periodSeconds * alarm.evaluationPeriods).toBeLessThanOrEqual(7 * 86_400);
    expect(alarm.series).toMatch(/^AWS\/Lambda Invocations /);
  });

  it('is not red on the day of the deployment, nor for a run that falls into the next period', () => {
    expect(alarm.warmUpMinutes).toBeGreaterThan(0);
    expect(stateAfter([none, none, 1], 'INSUFFICIENT_DATA')).toBe('OK');
    expect(stateAfter([1, 1, 1, none, 2])).toBe('OK');
    expect(stateAfter([1, 1, 1, none, none])).toBe('OK');
  });

  it('is red when nothing ran for three periods, and where nothing ever ran', () => {
    expect(stateAfter([1, 1, none, none, none, none, none])).toBe('ALARM');
    expect(stateAfter([none, none, none, none, none], 'INSUFFICIENT_DATA')).toBe('ALARM');
  });

  it('wakes nobody', () => {
    const pages = alarmsOf(template).composite.map(({ rule }) => rule);
    expect(pages.filter((rule) => rule.includes(alarm.id))).toEqual([]);
    expect([...alarm.tells]).toEqual(['ALARM']);
  });
});
