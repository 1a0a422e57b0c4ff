import { existsSync, readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import { HEALTH_METRICS } from '../../lib/contract/health-metrics.ts';
import {
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  METRICS,
  namespaceOf,
} from '../../lib/contract/metric-names.ts';
import { asList, resolve } from './support/intrinsics.ts';
import { shownMetrics } from './support/shown-metrics.ts';
import { resources, templateOf } from './support/synthesized.ts';

interface MetricStat {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: ReadonlyArray<{ Name: string; Value: string }>;
}

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly TreatMissingData: string;
  readonly AlarmActions: string[];
  readonly OKActions?: string[];
  readonly InsufficientDataActions?: string[];
  readonly Statistic?: string;
  readonly Period?: number;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: MetricStat['Dimensions'];
  readonly Metrics?: ReadonlyArray<{
    Id: string;
    Expression?: string;
    ReturnData?: boolean;
    MetricStat?: { Metric: MetricStat; Period: number; Stat: string };
  }>;
}

function alarmsOf(template: Template): Map<string, Alarm> {
  return new Map(
    resources(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => {
      const alarm = resolve(Properties) as Alarm;
      return [alarm.AlarmName, alarm];
    }),
  );
}

const template = templateOf('production');
const alarms = alarmsOf(template);

function alarm(name: string, from = alarms): Alarm {
  const found = from.get(`lifeboat-${name}`);
  if (!found) throw new Error(`no alarm ${name} among ${[...from.keys()].join(', ')}`);
  return found;
}

const OF_A_SOURCE = [
  'no-backup-25h',
  'unproven',
  'drill-failed-twice',
  'backup-failed',
  'drill-failed',
  'drill-room',
  'size-deviation',
  'duration-deviation',
  'recovery-time',
  'dead-letters',
  'backup-throttled',
  'drill-throttled',
  'scrub-damaged',
  'scrub-overdue',
];

/** Of a source whose health is measured. */
const HEALTH_KINDS = ['health-critical', 'health-not-measured', 'health-warning', 'source-unreachable'];

describe('alarms', () => {
  it('are the same for each source, four on the sentinel, one on the keeper, and three on scrubs', () => {
    expect([...alarms.keys()].sort()).toEqual(
      [
        ...['app', 'billing'].flatMap((source) =>
          OF_A_SOURCE.map((kind) => `lifeboat-production-${source}-${kind}`),
        ),
        ...HEALTH_KINDS.map((kind) => `lifeboat-production-app-${kind}`),
        ...['errors', 'silent', 'dead-letters', 'throttled'].map(
          (kind) => `lifeboat-production-sentinel-${kind}`,
        ),
        'lifeboat-production-keeper-silent',
        'lifeboat-production-scrub-failed',
        'lifeboat-production-scrub-timed-out',
        'lifeboat-production-scrub-stopped',
      ].sort(),
    );
  });

  it('end with the heading of the runbook that says what to do', () => {
    const kinds = new Set<string>();
    for (const { AlarmName, AlarmDescription } of alarms.values()) {
      const [, kind = ''] = / Runbook: docs\/runbook\.md#([a-z0-9-]+)$/.exec(AlarmDescription) ?? [];
      expect(kind, AlarmDescription).not.toBe('');
      expect(AlarmName.endsWith(`-${kind}`), AlarmName).toBe(true);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
      kinds.add(kind);
    }
    expect([...kinds].sort()).toEqual([
      'backup-failed',
      'dead-letters',
      'drill-failed',
      'drill-failed-twice',
      'drill-room',
      'duration-deviation',
      ...HEALTH_KINDS.slice(0, 3),
      'keeper-silent',
      'no-backup-25h',
      'recovery-time',
      'scrub-damaged',
      'scrub-failed',
      'scrub-overdue',
      'scrub-stopped',
      'scrub-timed-out',
      'sentinel-errors',
      'sentinel-silent',
      'size-deviation',
      'source-unreachable',
      'throttled',
      'unproven',
    ]);
  });

  it.skipIf(!existsSync('docs/runbook.md'))('have each a heading in the runbook, and page-now too', () => {
    const headings = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^#{2,4} (.+)$/gm)].map(
      ([, text = '']) => text.toLowerCase().trim(),
    );
    const linked = [...alarms.values()].map(({ AlarmDescription }) => AlarmDescription.split('#').at(-1));
    for (const kind of new Set([...linked, 'page-now'])) expect(headings).toContain(kind);
  });

  it('link to a runbook elsewhere when told', () => {
    const elsewhere = alarmsOf(templateOf('development', { runbook: 'https://wiki.example.com/lifeboat' }));
    expect(alarm('development-app-unproven', elsewhere).AlarmDescription).toMatch(
      / Runbook: https:\/\/wiki\.example\.com\/lifeboat#unproven$/,
    );
  });

  it('say by thought what missing data mean', () => {
    const by = (treatment: string) =>
      [...alarms.values()]
        .filter(
          ({ TreatMissingData, AlarmName }) =>
            TreatMissingData === treatment && !AlarmName.includes('billing'),
        )
        .map(({ AlarmName }) => AlarmName.replace('lifeboat-production-', ''))
        .sort();
    expect(by('missing')).toEqual(['app-no-backup-25h']);
    // States that silence does not mend.
    expect(by('ignore')).toEqual([
      'app-dead-letters',
      'app-drill-failed-twice',
      'app-drill-room',
      'app-duration-deviation',
      'app-health-critical',
      'app-health-warning',
      'app-recovery-time',
      'app-scrub-damaged',
      'app-scrub-overdue',
      'app-size-deviation',
      'app-source-unreachable',
      'app-unproven',
      'sentinel-dead-letters',
    ]);
    // Events: nothing ran, nothing happened.
    expect(by('notBreaching')).toEqual([
      'app-backup-failed',
      'app-backup-throttled',
      'app-drill-failed',
      'app-drill-throttled',
      'scrub-failed',
      'scrub-stopped',
      'scrub-timed-out',
      'sentinel-errors',
      'sentinel-throttled',
    ]);
    // Whether it runs at all: no data are the bad news.
    expect(by('breaching')).toEqual(['app-health-not-measured', 'keeper-silent', 'sentinel-silent']);
  });

  it('greet no deployment: only a page-now says that something is over', () => {
    for (const { AlarmName, OKActions } of alarms.values())
      if (!/-(source-unreachable|health-critical)$/.test(AlarmName))
        expect(OKActions, AlarmName).toBeUndefined();
    for (const [id, { Properties }] of resources(template, 'AWS::CloudWatch::CompositeAlarm'))
      expect(Properties.OKActions, id).toEqual(Properties.AlarmActions);
  });

  it('say what they were made with, and leave no brace', () => {
    for (const { AlarmDescription } of alarms.values())
      expect(AlarmDescription).not.toMatch(/[{}]|undefined/);
    expect(alarm('production-app-drill-room').AlarmDescription).toContain('80 % of the 10240 MB');
  });
});

describe('no backup', () => {
  it('follows the rule: Maximum over five minutes, one of three, missing data missing and told of', () => {
    expect(alarm('production-app-no-backup-25h')).toMatchObject({
      Namespace: 'Lifeboat',
      MetricName: 'BackupAgeSeconds',
      Statistic: 'Maximum',
      Period: 300,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'missing',
    });
    const { AlarmActions, InsufficientDataActions } = alarm('production-app-no-backup-25h');
    expect(AlarmActions).toHaveLength(1);
    expect(InsufficientDataActions).toEqual(AlarmActions);
  });

  it.each([
    ['cron(0 2 * * ? *)', 'UTC', 25],
    ['cron(0 4 * * ? *)', 'Europe/Berlin', 26],
    ['cron(0 0/6 * * ? *)', 'UTC', 7],
    ['rate(12 hours)', 'UTC', 13],
    ['cron(0 2 ? * MON-FRI *)', 'UTC', 73],
  ])(
    'of %s in %s is after %d hours, and as many more as a task is said to take',
    (schedule, timeZone, hours) => {
      const scheduled = (settings: object) =>
        alarmsOf(
          templateOf('staging', {
            sources: [
              {
                name: 'app',
                secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
                schedule,
                timeZone,
                ...settings,
              },
            ],
          }),
        );
      const waits = (settings: object) =>
        alarm('staging-app-no-backup-25h', scheduled(settings)).Threshold / 3600;
      expect(waits({ compute: 'function' })).toBe(hours);
      expect(waits({})).toBe(hours);
      expect(waits({ compute: 'task' })).toBe(hours + 3);
      expect(waits({ taskSize: { hours: 10 } })).toBe(hours + 10);
    },
  );

  it('is each source’s own matter', () => {
    // billing runs every six hours in Berlin, where an autumn night has one more.
    expect(alarm('production-app-no-backup-25h').Threshold).toBe(25 * 3600);
    expect(alarm('production-billing-no-backup-25h').Threshold).toBe(8 * 3600);
  });
});

describe('proof', () => {
  const HOUR = 3600;
  const DAY = 24 * HOUR;

  it('is due when a healthy source has it: after the longest wait for a drill, for a backup, and the time both take', () => {
    expect(alarm('production-app-unproven')).toMatchObject({
      MetricName: 'ProvenAgeSeconds',
      Statistic: 'Maximum',
      Threshold: 8 * DAY + 2.5 * HOUR,
    });
    // Six hours, and a week, that are an hour longer in autumn.
    expect(alarm('production-billing-unproven').Threshold).toBe(7 * DAY + HOUR + 7 * HOUR + 2.5 * HOUR);
  });

  const unprovenOf = (settings: object) =>
    alarm(
      'staging-app-unproven',
      alarmsOf(
        templateOf('staging', {
          sources: [
            {
              name: 'app',
              secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
              ...settings,
            },
          ],
        }),
      ),
    ).Threshold;

  it('is due after each backup where each is drilled', () => {
    expect(alarm('staging-app-unproven', alarmsOf(templateOf('staging'))).Threshold).toBe(DAY + 2.5 * HOUR);
  });

  it('waits for the rarer of backups and drills', () => {
    expect(unprovenOf({ schedule: 'cron(0 2 ? * MON-FRI *)' })).toBe(10 * DAY + 2.5 * HOUR);
    expect(unprovenOf({ schedule: 'rate(36 hours)' })).toBe(8.5 * DAY + 2.5 * HOUR);
    // A machine's drill of a large database has no 15 minutes.
    expect(unprovenOf({ drill: 'elsewhere' })).toBe(9 * DAY + HOUR);
  });

  it('missing twice in a row is critical', () => {
    expect(alarm('production-app-drill-failed-twice')).toMatchObject({
      MetricName: 'ConsecutiveDrillFailures',
      Statistic: 'Maximum',
      Threshold: 2,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      AlarmDescription: expect.stringMatching(/^CRITICAL: /),
    });
  });
});

describe('failures', () => {
  it.each([
    ['backup-failed', /SourceappBackupFunction/],
    ['drill-failed', /SourceappRestoreDrillFunction/],
  ])('%s: the function’s own errors, whether it said so or died, and no expression', (kind, functionId) => {
    const { Dimensions, ...found } = alarm(`production-app-${kind}`);
    expect(found).toMatchObject({
      ...{ Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum', Period: 300 },
      ...{ Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
      // An error of Lambda's comes with the date of the invocation, up to 15 minutes late.
      ...{ EvaluationPeriods: 4, DatapointsToAlarm: 1 },
    });
    expect(found.Metrics).toBeUndefined();
    expect(Dimensions?.[0]?.Value).toMatch(functionId);
  });

  it('of no drill function are no alarms: elsewhere the proofs alone count, and off nothing is missed', () => {
    const kinds = (drill: 'elsewhere' | 'off') =>
      [
        ...alarmsOf(
          templateOf('development', {
            sources: [
              {
                name: 'app',
                secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
                drill,
              },
            ],
          }),
        ).keys(),
      ]
        .map((name) => name.replace('lifeboat-development-app-', ''))
        .filter((name) => OF_A_SOURCE.includes(name));
    const withoutFunction = OF_A_SOURCE.filter((kind) => !kind.startsWith('drill-'));
    expect(kinds('elsewhere').sort()).toEqual(withoutFunction.toSorted());
    expect(kinds('off').sort()).toEqual(
      withoutFunction.filter((kind) => kind !== 'unproven' && kind !== 'recovery-time').sort(),
    );
  });

  it('of the sentinel wake somebody when they last', () => {
    expect(alarm('production-sentinel-errors')).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
    });
  });
});

describe('the sentinel', () => {
  it('that does not run is told of, when it has never run too, and not while it may still come', () => {
    const [id] =
      resources(template, 'AWS::Lambda::Function').find(([one]) => /SentinelFunction/.test(one)) ?? [];
    expect(alarm('production-sentinel-silent')).toMatchObject({
      ...{ Namespace: 'AWS/Lambda', MetricName: 'Invocations', Statistic: 'Sum', Period: 300 },
      ...{
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 3,
      },
      ...{ TreatMissingData: 'breaching', WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 30 } },
      Dimensions: [{ Name: 'FunctionName', Value: id }],
    });
    // The page is the message.
    expect(alarm('production-sentinel-silent').AlarmActions).toBeUndefined();
  });
});

describe('the room of a drill', () => {
  it('is told of at four fifths of the function’s /tmp', () => {
    expect(alarm('production-app-drill-room')).toMatchObject({
      ...{ MetricName: 'DrillDiskBytes', Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold' },
      Threshold: 0.8 * 10_240 * 1024 * 1024,
    });
  });
});

describe('thresholds', () => {
  it('are 50 %, twice and ten minutes unless set', () => {
    const plain = alarmsOf(templateOf('development'));
    expect(alarm('development-app-size-deviation', plain).Threshold).toBe(50);
    expect(alarm('development-app-duration-deviation', plain).Threshold).toBe(2);
    expect(alarm('development-app-recovery-time', plain).Threshold).toBe(600);
    const set = alarmsOf(
      templateOf('development', {
        thresholds: { sizeDeviationPercent: 20, durationFactor: 3, recoveryTimeMinutes: 5 },
      }),
    );
    expect(alarm('development-app-size-deviation', set).Threshold).toBe(20);
    expect(alarm('development-app-duration-deviation', set).Threshold).toBe(3);
    expect(alarm('development-app-recovery-time', set).Threshold).toBe(300);
  });
});

describe('egress', () => {
  it('has an alarm only where a limit is set, in the GB of 10^9 bytes that hosts count', () => {
    expect(alarmsOf(templateOf('development')).has('development-app-egress-high')).toBe(false);
    const set = alarmsOf(
      templateOf('development', {
        sources: (environments.development?.sources ?? []).map((one) => ({ ...one, egressLimitGb: 2.5 })),
      }),
    );
    expect(alarm('development-app-egress-high', set)).toMatchObject({
      ...{ MetricName: 'RawBytesMonth', Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold' },
      Threshold: 2.5e9,
    });
  });
});

describe('metrics that alarms watch', () => {
  /** What AWS publishes of resources of this stack, with the one dimension that it gives them. */
  const OF_AWS: Readonly<Record<string, readonly [dimension: string, resourceType: string]>> = {
    'AWS/Lambda Errors': ['FunctionName', 'AWS::Lambda::Function'],
    'AWS/Lambda Invocations': ['FunctionName', 'AWS::Lambda::Function'],
    'AWS/Lambda Throttles': ['FunctionName', 'AWS::Lambda::Function'],
    'AWS/States ExecutionsFailed': ['StateMachineArn', 'AWS::StepFunctions::StateMachine'],
    'AWS/States ExecutionsTimedOut': ['StateMachineArn', 'AWS::StepFunctions::StateMachine'],
    'AWS/States ExecutionsAborted': ['StateMachineArn', 'AWS::StepFunctions::StateMachine'],
    'AWS/SQS ApproximateNumberOfMessagesVisible': ['QueueName', 'AWS::SQS::Queue'],
  };

  const watched = [...alarms.values()].flatMap((one) => {
    const single = {
      Namespace: one.Namespace,
      MetricName: one.MetricName,
      Dimensions: one.Dimensions,
    } as MetricStat;
    const stats = one.Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) ?? [
      single,
    ];
    return stats.map((stat) => ({ alarm: one.AlarmName, ...stat }));
  });
  const ours = watched.filter(({ Namespace }) => Namespace?.startsWith(METRIC_NAMESPACE));

  it('are ours by name, with exactly the dimensions that functions publish', () => {
    const published = Object.values<{ name: string }>({ ...METRICS, ...HEALTH_METRICS }).map(
      ({ name }) => name,
    );
    expect(ours.length).toBeGreaterThanOrEqual(14);
    for (const { alarm: name, MetricName, Dimensions } of ours) {
      expect(published, name).toContain(MetricName);
      expect(Dimensions, name).toEqual([
        { Name: METRIC_DIMENSIONS.environment, Value: 'production' },
        { Name: METRIC_DIMENSIONS.source, Value: name.includes('-billing-') ? 'billing' : 'app' },
      ]);
    }
  });

  it('or AWS’s own, of resources in this stack', () => {
    const theirs = watched.filter(({ Namespace }) => !Namespace?.startsWith(METRIC_NAMESPACE));
    expect(theirs.length).toBeGreaterThanOrEqual(14);
    for (const { alarm: name, Namespace, MetricName, Dimensions } of theirs) {
      const [dimension, type] = OF_AWS[`${Namespace} ${MetricName}`] ?? [];
      expect(dimension, `${name}: ${Namespace} ${MetricName}`).toBeDefined();
      const [only] = Dimensions;
      expect(Dimensions, name).toHaveLength(1);
      expect(only?.Name, name).toBe(dimension);
      expect(
        resources(template, type ?? '').some(([id]) => only?.Value.replace('arn:', '').split('.')[0] === id),
        name,
      ).toBe(true);
    }
  });

  it('are named once, and published by somebody', () => {
    const definitions = Object.values<{ name: string; publishedBy: string }>(METRICS);
    expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
    for (const { publishedBy } of definitions)
      expect(['backup', 'restore-drill', 'sentinel', 'scrub']).toContain(publishedBy);
  });
});

describe('page now', () => {
  const pages = resources(template, 'AWS::CloudWatch::CompositeAlarm').map(
    ([, { Properties }]) =>
      resolve(Properties) as Record<'AlarmName' | 'AlarmRule' | 'AlarmDescription', string>,
  );

  it('is one alarm for each source, of those that mean there may be no backup to restore, and one for the vault', () => {
    const childrenOf = new Map(
      pages.map(({ AlarmName, AlarmRule }) => {
        const children = [...AlarmRule.matchAll(/ALARM\("arn:(\w+)"\)/g)].map(([, id]) => id);
        const names = resources(template, 'AWS::CloudWatch::Alarm')
          .filter(([id]) => children.includes(id))
          .map(([, { Properties }]) => String(Properties.AlarmName).replace('lifeboat-production-', ''));
        return [AlarmName.replace('lifeboat-production-', ''), names.sort()];
      }),
    );
    const ofSource = (source: string) =>
      ['drill-failed-twice', 'no-backup-25h', 'unproven'].map((kind) => `${source}-${kind}`);
    expect(Object.fromEntries(childrenOf)).toEqual({
      'page-now': ['sentinel-errors', 'sentinel-silent'],
      'app-page-now': ofSource('app'),
      'billing-page-now': ofSource('billing'),
    });
  });

  it('links to the runbook, and never pages for insufficient data, which every alarm starts with', () => {
    for (const { AlarmDescription, AlarmRule } of pages) {
      expect(AlarmDescription).toMatch(/ Runbook: docs\/runbook\.md#page-now$/);
      expect(AlarmDescription).not.toMatch(/[{}]/);
      expect(AlarmRule.replace(/ALARM\("[^"]+"\)/g, '').replace(/OR|[() ]/g, '')).toBe('');
    }
  });
});

describe('the dashboard', () => {
  const [[, found] = []] = resources(template, 'AWS::CloudWatch::Dashboard');
  const body = JSON.parse(String(resolve(found?.Properties.DashboardBody))) as {
    widgets: Array<{
      type: string;
      properties: { metrics?: unknown[][]; alarms?: string[]; title?: string };
    }>;
  };

  it('shows every alarm', () => {
    const shown = body.widgets.flatMap(({ properties }) => properties.alarms ?? []);
    const names = [
      ...resources(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.AlarmName),
      ...resources(template, 'AWS::CloudWatch::CompositeAlarm').map(([, one]) => one.Properties.AlarmName),
    ];
    const arns = names.map((name) => `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${name}`);
    expect(shown.sort()).toEqual(arns.sort());
  });

  it('shows every metric of every source, each with its dimensions', () => {
    const shown = shownMetrics(body.widgets);
    for (const source of ['app', 'billing']) {
      for (const definition of Object.values(METRICS)) {
        const { name } = definition;
        if (name === METRICS.drillStarted.name) continue;
        const namespace = namespaceOf(definition, 'production', source);
        expect(
          shown.map((series) => series.slice(0, 6)),
          name,
        ).toContainEqual([namespace, name, 'Environment', 'production', 'Source', source]);
      }
    }
    expect(asList(shown).length).toBeGreaterThan(20);
  });
});
