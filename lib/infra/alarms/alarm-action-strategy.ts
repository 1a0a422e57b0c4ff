import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { AlarmSeverity } from './alarm-severity.ts';

/** An alarm that gets its actions. */
export interface AlarmActionStrategyProps {
  /** The alarm, to which actions are added. */
  readonly alarm: AlarmBase;

  /** How urgent it is. */
  readonly severity: AlarmSeverity;

  /** The alarm's kind, and its heading in the runbook: `no-backup-25h`, `page-now`. */
  readonly kind: string;

  /** The environment of the stack, or of its replica. */
  readonly environment: string;

  /** What the alarm is about: a source, or a function of it. @default - the vault */
  readonly subject?: string;

  /** Whether the alarm turns a critical one red. */
  readonly isPartOfCritical: boolean;

  /** Whether missing data are news too: then nobody watches. */
  readonly tellsWhenSilent: boolean;

  /** The topic of the construct. */
  readonly alertTopic: ITopic;
}

/** Decides whom an alarm tells. It is asked once for each alarm that tells anybody. */
export interface IAlarmActionStrategy {
  /** Adds actions to the alarm. An alarm to which it adds none turns red silently. */
  addAlarmActions(props: AlarmActionStrategyProps): void;
}
