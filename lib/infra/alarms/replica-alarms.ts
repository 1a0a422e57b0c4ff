import { ComparisonOperator, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS } from '../../contract/metric-names.ts';
import { DRILL_TIME_MS } from '../functions/time-limits.ts';
import { REPLICATION_RULE } from '../replica/replica-names.ts';
import { olderThan } from './age-alarms.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { PERIOD } from './lifeboat-metric.ts';
import { formatHours } from './longest-wait.ts';

const HOUR_MS = 3_600_000;

/**
 * How long a sealed backup may be on its way to the replica before people are woken. Most objects arrive within
 * 15 minutes, and large ones can take several hours (Amazon S3 User Guide, "Troubleshooting replication").
 */
export const REPLICATION_TIME_MS = 3 * HOUR_MS;

/** Before people are woken, an e-mail says that the replica lags. */
const LAG_WARNING_MS = HOUR_MS;

/**
 * Fires if the newest full backup that is complete in the replica is older than it can be while backups are
 * made and replicated: the vault's own limit, and the time that replication may take.
 */
export function replicaBehindAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  longestBackupWaitMs: number,
): LifeboatAlarm {
  const longestMs = longestBackupWaitMs + REPLICATION_TIME_MS;
  return new LifeboatAlarm(scope, 'ReplicaBehind', {
    context,
    kind: 'replica-behind',
    facts: { source, threshold: formatHours(longestMs), replication: formatHours(REPLICATION_TIME_MS) },
    ...olderThan(longestMs, METRICS.backupAge, context, source),
    // As for no-backup-25h: silence is news of its own.
    treatMissingData: TreatMissingData.MISSING,
    tellsWhenSilent: true,
  });
}

/** Fires if drills of the replica are scheduled, and none has passed for longer than the schedule explains. */
export function replicaUndrilledAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  drillGapMs: number,
): LifeboatAlarm {
  const longestMs = drillGapMs + DRILL_TIME_MS;
  return new LifeboatAlarm(scope, 'ReplicaUndrilled', {
    context,
    kind: 'replica-undrilled',
    facts: { source, threshold: formatHours(longestMs) },
    ...olderThan(longestMs, METRICS.drillAge, context, source),
    // A silent sentinel proves nothing, so the alarm keeps its state. sentinel-silent reports the silence.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/**
 * Fires if S3 itself says that the replica lags. S3 publishes the latency in the region of the destination,
 * whose stack does not know the name of the vault's bucket, so this asks by the destination's (Amazon S3 User
 * Guide, "Using S3 Replication metrics"; Amazon CloudWatch User Guide, "Create a CloudWatch alarm based on a
 * Metrics Insights query").
 */
export function replicationLagAlarm(
  scope: Construct,
  context: AlarmContext,
  destinationBucket: string,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'ReplicationLag', {
    context,
    kind: 'replication-lag',
    facts: { threshold: formatHours(LAG_WARNING_MS) },
    metric: new MathExpression({
      expression: `SELECT MAX(ReplicationLatency) FROM SCHEMA("AWS/S3", DestinationBucket, RuleId, SourceBucket) WHERE DestinationBucket = '${destinationBucket}'`,
      usingMetrics: {},
      label: 'ReplicationLatency',
      period: PERIOD,
    }),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: LAG_WARNING_MS / 1000,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    // S3 delivers this metric as best it can. replica-behind notices if nothing arrives.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** Fires if S3 has given up on an object. S3 publishes this one in the region of the source. */
export function replicationFailedAlarm(
  scope: Construct,
  context: AlarmContext,
  buckets: { readonly sourceBucket: string; readonly destinationBucket: string },
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'ReplicationFailed', {
    context,
    kind: 'replication-failed',
    facts: { replica: buckets.destinationBucket },
    metric: new Metric({
      namespace: 'AWS/S3',
      metricName: 'OperationsFailedReplication',
      dimensionsMap: {
        SourceBucket: buckets.sourceBucket,
        DestinationBucket: buckets.destinationBucket,
        RuleId: REPLICATION_RULE,
      },
      statistic: 'Sum',
      period: PERIOD,
    }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
