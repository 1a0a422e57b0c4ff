import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, type MetricDefinition } from '../../contract/metric-names.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric } from './lifeboat-metric.ts';
import { formatHours } from './longest-wait.ts';

/**
 * Fires if no backup has landed although one was due. The age comes from the backups in the vault, or counts
 * from the schedule's creation while there is none: a new source neither alarms at once nor stays silent for
 * ever. It also reports missing data, so that people notice a sentinel that reports nothing about this
 * source.
 */
export function noBackupAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  wait: { readonly gapMs: number; readonly longestMs: number },
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'NoBackup', {
    context,
    kind: 'no-backup-25h',
    facts: { source, threshold: formatHours(wait.longestMs), gap: formatHours(wait.gapMs) },
    ...olderThan(wait.longestMs, METRICS.backupAge, context, source),
    // Missing data are neither good nor bad, but a state with its own action, because silence is news.
    treatMissingData: TreatMissingData.MISSING,
    tellsWhenSilent: true,
  });
}

/** What all alarms on an age have in common: red if one of three periods says that it is older than `longestMs`. */
export function olderThan(
  longestMs: number,
  age: MetricDefinition,
  { environment }: AlarmContext,
  source: string,
) {
  return {
    subject: source,
    metric: lifeboatMetric(age, { environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: longestMs / 1000,
    evaluationPeriods: 3,
    datapointsToAlarm: 1,
  };
}

/** Fires if the newest proven backup is older than it can be in a healthy source: longest-wait.ts. */
export function unprovenAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  longestMs: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'Unproven', {
    context,
    kind: 'unproven',
    facts: { source, threshold: formatHours(longestMs) },
    ...olderThan(longestMs, METRICS.provenAge, context, source),
    // A silent sentinel proves nothing, so the alarm keeps its state. sentinel-silent reports the silence.
    treatMissingData: TreatMissingData.IGNORE,
  });
}
