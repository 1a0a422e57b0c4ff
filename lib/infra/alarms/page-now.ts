import { AlarmRule, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { alarmName, describe, PAGE_NOW, PAGE_NOW_TEXTS } from '../../contract/alarm-texts.ts';
import type { AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';

/** What a {@link PageNow} is made from. */
export interface PageNowProps {
  readonly context: AlarmContext;
  /** @default - it is the vault's: whether anybody watches */
  readonly source?: string;
  readonly alarms: LifeboatAlarm[];
}

/**
 * An alarm to wake people by: any of those that mean "there may be no backup to restore". One for each source and one for
 * the vault, for an alarm acts when its state changes and never while it lasts: a source that is red for weeks would hide
 * the night on which another one fails. Insufficient data of its children does not page, for that is how each of them
 * starts.
 */
export class PageNow extends Construct {
  readonly alarm: CompositeAlarm;

  constructor(scope: Construct, id: string, props: PageNowProps) {
    super(scope, id);
    const { context, source, alarms } = props;
    const { environment, runbook } = context;
    this.alarm = new CompositeAlarm(this, 'Alarm', {
      compositeAlarmName: alarmName(environment, source, PAGE_NOW),
      alarmDescription:
        source === undefined
          ? describe(PAGE_NOW_TEXTS.vault, { environment }, runbook, PAGE_NOW)
          : describe(PAGE_NOW_TEXTS.source, { source }, runbook, PAGE_NOW),
      alarmRule: AlarmRule.anyOf(...alarms.map(({ alarm }) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    const tell = new SnsAction(context.topic);
    this.alarm.addAlarmAction(tell);
    this.alarm.addOkAction(tell);
  }
}
