import {
  Alarm,
  type CfnAlarm,
  type ComparisonOperator,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  ALARM_TEXTS,
  type AlarmKind,
  type AlarmText,
  alarmName,
  describe,
} from '../../contract/alarm-texts.ts';
import { claimName } from '../claims.ts';
import type { IAlarmActionStrategy } from './alarm-action-strategy.ts';
import { AlarmSeverity } from './alarm-severity.ts';

/** The environment of alarms, and whom they tell. */
export interface AlarmContext {
  readonly environment: string;
  /** Whether there are alarms at all. */
  readonly isOn: boolean;
  readonly topic: ITopic;
  readonly actions: IAlarmActionStrategy;
  /** Path or URL of the runbook, to which `#<kind>` is added. */
  readonly runbook: string;
}

/** Properties of a {@link LifeboatAlarm}. */
export interface LifeboatAlarmProps {
  readonly context: AlarmContext;
  /** The alarm's heading in the runbook and its text: alarm-texts.ts. */
  readonly kind: AlarmKind;
  /**
   * The part of the alarm's name that says what it watches: `app`, `app-backup`.
   *
   * @default - the kind says it
   */
  readonly subject?: string;
  /** The values for the names in braces in the alarm's text. */
  readonly facts: Record<string, string>;
  readonly metric: IMetric;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default 1 */
  readonly datapointsToAlarm?: number;
  readonly treatMissingData: TreatMissingData;
  /** Whether the alarm also sends an e-mail when data stop coming. @default false */
  readonly tellsWhenSilent?: boolean;
  /** How long a new alarm waits for its first data before missing data count. @default - it does not wait */
  readonly warmUpMinutes?: number;
}

/**
 * An alarm that says what happened, and links to what to do.
 */
export class LifeboatAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: LifeboatAlarmProps) {
    super(scope, id);
    const { context, kind, subject, warmUpMinutes } = props;
    const text: AlarmText = ALARM_TEXTS[kind];
    const name = alarmName(context.environment, subject, kind);
    claimName(this, name);
    this.alarm = new Alarm(this, 'Alarm', {
      // The alarm has an explicit name, because the name is the subject of the message that people get.
      alarmName: name,
      alarmDescription: describe(text.says, props.facts, context.runbook, kind),
      metric: props.metric,
      comparisonOperator: props.comparison,
      threshold: props.threshold,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      datapointsToAlarm: props.datapointsToAlarm ?? 1,
      treatMissingData: props.treatMissingData,
    });
    if (warmUpMinutes !== undefined) {
      // The L2 construct does not support the warm-up yet. (Amazon CloudWatch User Guide, "Alarm warm-up
      // periods".)
      const resource = this.alarm.node.defaultChild as CfnAlarm;
      resource.warmUpConfiguration = { warmUpPeriodDurationInMinutes: warmUpMinutes };
    }
    if (text.mails === false) return;
    context.actions.addAlarmActions({
      alarm: this.alarm,
      severity: text.isCritical ? AlarmSeverity.CRITICAL : AlarmSeverity.WARNING,
      kind,
      environment: context.environment,
      ...(subject !== undefined && { subject }),
      isPartOfCritical: text.pages,
      tellsWhenSilent: props.tellsWhenSilent ?? false,
      alertTopic: context.topic,
    });
  }
}
