import type { Template } from 'aws-cdk-lib/assertions';
import { resolve } from '../support/intrinsics.ts';
import { resources } from '../support/synthesized.ts';

/** What an alarm does about data that are not there (Amazon CloudWatch API Reference, PutMetricAlarm). */
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

export interface MetricAlarm {
  readonly id: string;
  readonly name: string;
  /** Namespace, metric, and the values of its dimensions: `AWS/Lambda Errors <function>`. */
  readonly series: string;
  readonly statistic: string;
  readonly periodSeconds: number;
  readonly comparison: string;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
  readonly warmUpMinutes: number;
  /** States whose entering sends a message. */
  readonly tells: ReadonlySet<string>;
}

export interface CompositeAlarm {
  readonly id: string;
  readonly name: string;
  readonly rule: string;
  readonly tells: ReadonlySet<string>;
}

export interface Alarms {
  readonly metric: readonly MetricAlarm[];
  readonly composite: readonly CompositeAlarm[];
}

const known = new WeakMap<Template, Alarms>();

/** The alarms of a synthesized template, as CloudWatch would be told them. Throws on what is not simulated. */
export function alarmsOf(template: Template): Alarms {
  const alarms = known.get(template) ?? readAlarms(template);
  known.set(template, alarms);
  return alarms;
}

/** Those of a template that has no others. */
export function metricAlarmsOf(template: Template): MetricAlarm[] {
  return resources(template, 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) =>
    metricAlarm(id, resolve(Properties) as Properties),
  );
}

function readAlarms(template: Template): Alarms {
  return {
    metric: metricAlarmsOf(template),
    composite: resources(template, 'AWS::CloudWatch::CompositeAlarm').map(([id, { Properties }]) => {
      const properties = resolve(Properties) as Properties;
      if (properties.ActionsSuppressor !== undefined) throw new Error(`${id} has a suppressor`);
      const { AlarmName, AlarmRule } = properties;
      return { id, name: String(AlarmName), rule: String(AlarmRule), tells: told(properties) };
    }),
  };
}

export function seriesName(namespace: string, metric: string, ...dimensions: string[]): string {
  return [namespace, metric, ...dimensions].join(' ');
}

type Properties = Readonly<Record<string, unknown>>;

const KNOWN = new Set([
  ...['AlarmName', 'AlarmDescription', 'AlarmActions', 'OKActions', 'InsufficientDataActions'],
  ...['Namespace', 'MetricName', 'Dimensions', 'Statistic', 'Period', 'ComparisonOperator', 'Threshold'],
  ...['EvaluationPeriods', 'DatapointsToAlarm', 'TreatMissingData', 'WarmUpConfiguration', 'Tags'],
]);

/**
 * An alarm on one Metrics Insights query, as one on the series that the query names. That is right for a query that
 * finds one series.
 */
function withoutQuery(properties: Properties): Properties {
  const { Metrics, ...others } = properties;
  if (Metrics === undefined) return properties;
  const [query, ...more] = Metrics as ReadonlyArray<{ Expression?: string; Period?: number }>;
  const [, statistic, metric, namespace, bucket] =
    /^SELECT (MAX)\((\w+)\) FROM SCHEMA\("([\w/]+)", [\w, ]+\) WHERE \w+ = '([^']+)'$/.exec(
      query?.Expression ?? '',
    ) ?? [];
  if (more.length > 0 || statistic === undefined) return properties;
  const dimensions = { Dimensions: [{ Value: bucket }], Statistic: 'Maximum', Period: query?.Period };
  return { ...others, ...dimensions, Namespace: namespace, MetricName: metric };
}

function metricAlarm(id: string, given: Properties): MetricAlarm {
  const properties = withoutQuery(given);
  const unknown = Object.keys(properties).filter((name) => !KNOWN.has(name));
  // An expression over several series is one, for example: what it does with a series without data is not documented.
  if (unknown.length > 0) throw new Error(`${id} has ${unknown.join(', ')}, which is not simulated`);
  const dimensions = properties.Dimensions as ReadonlyArray<{ Value: string }>;
  const warmUp = properties.WarmUpConfiguration as { WarmUpPeriodDurationInMinutes: number } | undefined;
  return {
    id,
    name: String(properties.AlarmName),
    series: seriesName(
      String(properties.Namespace),
      String(properties.MetricName),
      ...dimensions.map(({ Value }) => Value),
    ),
    statistic: String(properties.Statistic),
    periodSeconds: Number(properties.Period),
    comparison: String(properties.ComparisonOperator),
    threshold: Number(properties.Threshold),
    evaluationPeriods: Number(properties.EvaluationPeriods),
    datapointsToAlarm: Number(properties.DatapointsToAlarm),
    missingData: properties.TreatMissingData as MissingData,
    warmUpMinutes: warmUp?.WarmUpPeriodDurationInMinutes ?? 0,
    tells: told(properties),
  };
}

function told(properties: Properties): Set<string> {
  const actions = {
    ALARM: properties.AlarmActions,
    OK: properties.OKActions,
    INSUFFICIENT_DATA: properties.InsufficientDataActions,
  };
  return new Set(Object.entries(actions).flatMap(([state, list]) => (list === undefined ? [] : [state])));
}
