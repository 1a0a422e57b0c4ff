import { createHash } from 'node:crypto';
import type { Duration } from 'aws-cdk-lib';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { ScheduleRole } from './schedule-role.ts';
import { HANDOVER_TIME, MOST_HANDOVER_ATTEMPTS } from './time-limits.ts';
import type { VaultFunction } from './vault-function.ts';

/** What a {@link FunctionSchedule} is made from. */
export interface FunctionScheduleProps {
  readonly target: VaultFunction;
  readonly role: ScheduleRole;
  readonly description: string;
  /** `cron(…)` or `rate(…)`. */
  readonly expression: string;
  readonly timeZone: string;
  /** What else the ages that are counted from this schedule follow from. @default - nothing else */
  readonly rhythm?: string[];
  /** The event, as JSON. EventBridge Scheduler puts the slot in place of `<aws.scheduler.scheduled-time>`. */
  readonly input: string;
  /** How long it is tried to hand a slot over. @default HANDOVER_TIME */
  readonly handoverTime?: Duration;
}

/**
 * Invokes a function on time. What cannot be handed over goes to the function's dead letters, which no other schedule
 * shares: Scheduler's own queue never sees an invocation that was handed over and failed.
 *
 * An expression that is changed makes another schedule in place of this one. The sentinel counts ages from a schedule's
 * creation, so a source is not late by a promise that was made a minute ago; and whatever else changes about a schedule
 * makes no age younger, as the date of its last modification would.
 */
export class FunctionSchedule extends Construct {
  readonly schedule: CfnSchedule;

  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { target, expression, timeZone, rhythm = [] } = props;
    this.schedule = new CfnSchedule(this, `Schedule${digestOf([expression, timeZone, ...rhythm])}`, {
      description: props.description,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timeZone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.function.functionArn,
        roleArn: props.role.role.roleArn,
        input: props.input,
        deadLetterConfig: { arn: target.deadLetters.queue.queueArn },
        // Until the slot is too old: a refusal that passes costs no night, and a second delivery of a slot is harmless.
        // Unset the age is a day, and a night's backup would start at noon (EventBridge Scheduler API Reference,
        // "RetryPolicy": attempts go on, with exponential backoff, until one of the two is reached).
        retryPolicy: {
          maximumRetryAttempts: MOST_HANDOVER_ATTEMPTS,
          maximumEventAgeInSeconds: (props.handoverTime ?? HANDOVER_TIME).toSeconds(),
        },
      },
    });
  }
}

function digestOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 8);
}
