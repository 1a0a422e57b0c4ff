import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { VaultFunction } from './vault-function.ts';

/** What a {@link FunctionSchedule} is made from. */
export interface FunctionScheduleProps {
  readonly target: VaultFunction;
  readonly description: string;
  /** `cron(…)` or `rate(…)`. */
  readonly expression: string;
  readonly timeZone: string;
  /** The event, as JSON. EventBridge Scheduler puts the slot in place of `<aws.scheduler.scheduled-time>`. */
  readonly input: string;
}

/**
 * Invokes a function on time. What cannot be handed over goes to the function's dead letters, which no other schedule
 * shares: Scheduler's own queue never sees an invocation that was handed over and failed.
 */
export class FunctionSchedule extends Construct {
  readonly schedule: CfnSchedule;

  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { target } = props;
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Against a confused deputy: schedules of this account's default group, the one ours is in (EventBridge
        // Scheduler User Guide, "Confused deputy prevention": the group's ARN, not the schedule's).
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
            }),
          },
        },
      }),
      inlinePolicies: {
        Schedule: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'Invoke',
              actions: ['lambda:InvokeFunction'],
              resources: [target.function.functionArn],
            }),
            new PolicyStatement({
              sid: 'SendDeadLetters',
              actions: ['sqs:SendMessage'],
              resources: [target.deadLetters.queue.queueArn],
            }),
          ],
        }),
      },
    });
    this.schedule = new CfnSchedule(this, 'Schedule', {
      description: props.description,
      scheduleExpression: props.expression,
      scheduleExpressionTimezone: props.timeZone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.function.functionArn,
        roleArn: role.roleArn,
        input: props.input,
        deadLetterConfig: { arn: target.deadLetters.queue.queueArn },
        // Unset they are 185 and a day: a night's backup would start at noon, or twice.
        retryPolicy: {
          maximumRetryAttempts: 0,
          maximumEventAgeInSeconds: Duration.minutes(15).toSeconds(),
        },
      },
    });
  }
}
