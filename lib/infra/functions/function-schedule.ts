import { createHash } from 'node:crypto';
import type { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { WatchedSchedule } from './sentinel-function.ts';
import { HANDOVER_TIME, MOST_HANDOVER_ATTEMPTS } from './time-limits.ts';

/** What a schedule starts: a function, or a state machine. */
export interface ScheduleTarget {
  readonly targetArn: string;
  readonly deadLetters: DeadLetterQueue;
}

/** What a {@link FunctionSchedule} is made from. */
export interface FunctionScheduleProps {
  readonly target: ScheduleTarget;
  readonly role: { readonly role: IRole };
  readonly description: string;
  /** @default - CloudFormation makes one up */
  readonly name?: string;
  /** `cron(…)` or `rate(…)`. */
  readonly expression: string;
  readonly timeZone: string;
  /** Other settings whose change must make a new schedule, because ages depend on them. @default - none */
  readonly rhythm?: string[];
  /** The event, as JSON. EventBridge Scheduler puts the slot in place of `<aws.scheduler.scheduled-time>`. */
  readonly input: string;
  /** How long EventBridge Scheduler tries to deliver a slot. @default HANDOVER_TIME */
  readonly handoverTime?: Duration;
}

/**
 * Invokes a function on time. Slots that cannot be delivered go to the function's dead-letter queue, which no
 * other schedule shares: Scheduler's own queue would not get invocations that were delivered and failed.
 *
 * A changed expression makes a new schedule in place of the old one. The sentinel counts ages from a
 * schedule's creation, so a source is not late by a schedule that was set a minute ago. Other changes do not
 * make an age younger, as they would if ages counted from the last modification.
 */
export class FunctionSchedule extends Construct {
  readonly schedule: CfnSchedule;

  /** The schedule as the sentinel knows it. */
  get watched(): WatchedSchedule {
    return { name: this.schedule.ref, arn: this.schedule.attrArn };
  }

  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { target, expression, timeZone, rhythm = [] } = props;
    this.schedule = new CfnSchedule(this, `Schedule${digestOf([expression, timeZone, ...rhythm])}`, {
      description: props.description,
      ...(props.name !== undefined && { name: props.name }),
      scheduleExpression: expression,
      scheduleExpressionTimezone: timeZone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.targetArn,
        roleArn: props.role.role.roleArn,
        input: props.input,
        deadLetterConfig: { arn: target.deadLetters.queue.queueArn },
        // Scheduler retries until the slot is too old: a temporary refusal must not cost a night's backup,
        // and a second delivery of a slot is harmless. The default age is a day, so a night's backup could
        // start at noon (EventBridge Scheduler API Reference, "RetryPolicy": retries with exponential backoff
        // until either limit is reached).
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
