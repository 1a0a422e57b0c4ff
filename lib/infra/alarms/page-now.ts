import { AlarmRule, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { type AlarmContext, describe, type LifeboatAlarm } from './lifeboat-alarm.ts';

/** What a {@link PageNow} is made from. */
export interface PageNowProps {
  readonly context: AlarmContext;
  readonly alarms: LifeboatAlarm[];
}

/**
 * One alarm to wake people by: any of those that mean "there may be no backup to restore". Insufficient data of its
 * children does not page, for that is how each of them starts.
 */
export class PageNow extends Construct {
  readonly alarm: CompositeAlarm;

  constructor(scope: Construct, id: string, props: PageNowProps) {
    super(scope, id);
    const { context, alarms } = props;
    this.alarm = new CompositeAlarm(this, 'Alarm', {
      compositeAlarmName: `lifeboat-${context.environment}-page-now`,
      alarmDescription: describe(
        'Somebody should look now: there may be no backup to restore.',
        context.runbook,
        'page-now',
      ),
      alarmRule: AlarmRule.anyOf(...alarms.map(({ alarm }) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    const tell = new SnsAction(context.topic);
    this.alarm.addAlarmAction(tell);
    this.alarm.addOkAction(tell);
  }
}
