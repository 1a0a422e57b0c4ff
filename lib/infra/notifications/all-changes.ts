import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { AlarmActionStrategyProps, IAlarmActionStrategy } from '../alarms/alarm-action-strategy.ts';

/**
 * Tells the topic of the notify function all that it needs to say that something is over. The function does not tell people
 * the OK of an alarm that was never red, which every alarm says at a deployment.
 */
export class AllChanges implements IAlarmActionStrategy {
  addAlarmActions({ alarm, tellsWhenSilent, alertTopic }: AlarmActionStrategyProps): void {
    const tell = new SnsAction(alertTopic);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    if (tellsWhenSilent) alarm.addInsufficientDataAction(tell);
  }
}
