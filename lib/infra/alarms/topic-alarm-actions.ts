import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { AlarmActionStrategyProps, IAlarmActionStrategy } from './alarm-action-strategy.ts';
import { AlarmSeverity } from './alarm-severity.ts';

/**
 * The usual actions: every alarm tells the construct's topic that it is red, and a critical one also that it is green
 * again. Extend it to tell others, too.
 */
export class TopicAlarmActions implements IAlarmActionStrategy {
  addAlarmActions({ alarm, severity, tellsWhenSilent, alertTopic }: AlarmActionStrategyProps): void {
    const tell = new SnsAction(alertTopic);
    alarm.addAlarmAction(tell);
    // Other alarms never send OK: a new alarm goes from insufficient data to OK, so an OK action would send a message
    // for every alarm at each deployment.
    if (severity === AlarmSeverity.CRITICAL) alarm.addOkAction(tell);
    if (tellsWhenSilent) alarm.addInsufficientDataAction(tell);
  }
}
