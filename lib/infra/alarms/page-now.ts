import { AlarmRule, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarmName, describe, PAGE_NOW, PAGE_NOW_TEXTS } from '../../contract/alarm-texts.ts';
import { claimName } from '../claims.ts';
import { AlarmSeverity } from './alarm-severity.ts';
import type { AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';

/** Properties of a {@link PageNow}. */
export interface PageNowProps {
  readonly context: AlarmContext;
  /** The source that it pages for. @default - the vault: it pages if nobody watches the backups */
  readonly source?: string;
  /** Whether it pages for the replica of the source. @default false */
  readonly ofReplica?: boolean;
  readonly alarms: LifeboatAlarm[];
}

/**
 * A composite alarm that wakes people: it is red while any alarm is red that means "there may be no backup to
 * restore". There is one for each source and one for the vault, because an alarm acts only when its state
 * changes: with one for all, a source that is red for weeks would hide the night on which another one fails.
 * Insufficient data of its children do not page, because every alarm starts in that state.
 */
export class PageNow extends Construct {
  readonly alarm: CompositeAlarm;

  constructor(scope: Construct, id: string, props: PageNowProps) {
    super(scope, id);
    const { context, source, ofReplica, alarms } = props;
    const { environment, runbook } = context;
    const name = alarmName(environment, source, PAGE_NOW);
    claimName(this, name);
    this.alarm = new CompositeAlarm(this, 'Alarm', {
      compositeAlarmName: name,
      alarmDescription:
        source === undefined
          ? describe(PAGE_NOW_TEXTS.vault, { environment }, runbook, PAGE_NOW)
          : describe(
              ofReplica ? PAGE_NOW_TEXTS.replica : PAGE_NOW_TEXTS.source,
              { source },
              runbook,
              PAGE_NOW,
            ),
      alarmRule: AlarmRule.anyOf(...alarms.map(({ alarm }) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    context.actions.addAlarmActions({
      alarm: this.alarm,
      severity: AlarmSeverity.CRITICAL,
      kind: PAGE_NOW,
      environment,
      ...(source !== undefined && { subject: source }),
      isPartOfCritical: false,
      tellsWhenSilent: false,
      alertTopic: context.topic,
    });
  }
}
