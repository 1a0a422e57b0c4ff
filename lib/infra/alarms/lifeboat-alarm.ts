import {
  Alarm,
  type CfnAlarm,
  type ComparisonOperator,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  ALARM_TEXTS,
  type AlarmKind,
  type AlarmText,
  alarmName,
  describe,
} from '../../contract/alarm-texts.ts';

/** Where alarms belong and whom they tell. */
export interface AlarmContext {
  readonly environment: string;
  readonly topic: ITopic;
  /** Path or URL of the runbook, to which `#<kind>` is added. */
  readonly runbook: string;
}

/** What a {@link LifeboatAlarm} is made from. */
export interface LifeboatAlarmProps {
  readonly context: AlarmContext;
  /** What it is called in the runbook, and what it says: alarm-texts.ts. */
  readonly kind: AlarmKind;
  /** What it watches, for its name: `app`, `app-backup`. @default - the kind says it */
  readonly subject?: string;
  /** What its text names in braces. */
  readonly facts: Record<string, string>;
  readonly metric: IMetric;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default 1 */
  readonly datapointsToAlarm?: number;
  readonly treatMissingData: TreatMissingData;
  /** Also tell when data stop coming. @default false */
  readonly tellsWhenSilent?: boolean;
  /** How long a new alarm waits for its first data before missing ones count. @default - it does not wait */
  readonly warmUpMinutes?: number;
}

/**
 * An alarm that says what happened and where it is written what to do. It never says that it is over: a new alarm goes from
 * insufficient data to OK, and an OK action would greet each deployment with a message for every alarm. The page-now that
 * it belongs to says so.
 */
export class LifeboatAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: LifeboatAlarmProps) {
    super(scope, id);
    const { context, kind, subject, warmUpMinutes } = props;
    const text: AlarmText = ALARM_TEXTS[kind];
    this.alarm = new Alarm(this, 'Alarm', {
      // Named by hand: it is the subject of the message that people get.
      alarmName: alarmName(context.environment, subject, kind),
      alarmDescription: describe(text.says, props.facts, context.runbook, kind),
      metric: props.metric,
      comparisonOperator: props.comparison,
      threshold: props.threshold,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      datapointsToAlarm: props.datapointsToAlarm ?? 1,
      treatMissingData: props.treatMissingData,
    });
    if (warmUpMinutes !== undefined) {
      // The L2 construct does not know it yet. (Amazon CloudWatch User Guide, "Alarm warm-up periods".)
      const resource = this.alarm.node.defaultChild as CfnAlarm;
      resource.warmUpConfiguration = { warmUpPeriodDurationInMinutes: warmUpMinutes };
    }
    if (text.mails === false) return;
    const tell = new SnsAction(context.topic);
    this.alarm.addAlarmAction(tell);
    if (props.tellsWhenSilent) this.alarm.addInsufficientDataAction(tell);
  }
}
