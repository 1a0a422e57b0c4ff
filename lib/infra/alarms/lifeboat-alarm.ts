import {
  Alarm,
  type ComparisonOperator,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

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
  /** What it is called in the runbook: `no-backup-25h`. */
  readonly kind: string;
  /** What it watches, for its name: `app`, `app-backup`. @default - the kind says it */
  readonly subject?: string;
  /** One or two sentences for the person who is woken: what happened, what it means. */
  readonly says: string;
  readonly metric: IMetric;
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default 1 */
  readonly datapointsToAlarm?: number;
  readonly treatMissingData: TreatMissingData;
  /** Also tell when it is over. Not for alarms on events: five quiet minutes after a failure mean nothing. */
  readonly tellsWhenOver: boolean;
  /** Also tell when data stop coming. @default false */
  readonly tellsWhenSilent?: boolean;
}

/** An alarm that says what happened and where it is written what to do. */
export class LifeboatAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: LifeboatAlarmProps) {
    super(scope, id);
    const { context, kind, subject } = props;
    this.alarm = new Alarm(this, 'Alarm', {
      // Named by hand: it is the subject of the message that people get.
      alarmName: ['lifeboat', context.environment, ...(subject === undefined ? [] : [subject]), kind].join(
        '-',
      ),
      alarmDescription: describe(props.says, context.runbook, kind),
      metric: props.metric,
      comparisonOperator: props.comparison,
      threshold: props.threshold,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      datapointsToAlarm: props.datapointsToAlarm ?? 1,
      treatMissingData: props.treatMissingData,
    });
    const tell = new SnsAction(context.topic);
    this.alarm.addAlarmAction(tell);
    if (props.tellsWhenOver) this.alarm.addOkAction(tell);
    if (props.tellsWhenSilent) this.alarm.addInsufficientDataAction(tell);
  }
}

/** Ends with the runbook's address, so that it is there to click in every message. */
export function describe(says: string, runbook: string, kind: string): string {
  return `${says} Runbook: ${runbook}#${kind}`;
}
