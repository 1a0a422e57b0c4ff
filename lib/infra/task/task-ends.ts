import { NestedStack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { DeadLetterPolicy } from '../functions/dead-letter-policy.ts';
import { HANDOVER_TIME, MOST_HANDOVER_ATTEMPTS } from '../functions/time-limits.ts';
import type { VaultFunction } from '../functions/vault-function.ts';

/** What {@link TaskEnds} are made from. */
export interface TaskEndsProps {
  readonly environment: string;
}

/** The rules that tell functions how the tasks that they started have ended, in a stack of their own. */
export class TaskEnds extends NestedStack {
  constructor(scope: Construct, id: string, { environment }: TaskEndsProps) {
    super(scope, id, { description: `Lifeboat: how tasks of ${environment} end` });
  }
}

/** What a {@link TaskEnd} is made from. */
export interface TaskEndProps {
  /** The group of the tasks: `family:<family>` unless RunTask was told another one. */
  readonly group: string;
  readonly clusterArn: string;
  /** The function that started the task. */
  readonly hears: VaultFunction;
  readonly deadLetterPolicy: DeadLetterPolicy;
}

/**
 * Tells a function that a task has ended: every end, because a task that never started has no exit code that a pattern
 * could ask for. The function throws if the end was a failure. So a failed task is counted where a failed function is,
 * by the same metric, alarm and dead letters.
 */
export class TaskEnd extends Construct {
  constructor(scope: Construct, id: string, props: TaskEndProps) {
    super(scope, id);
    const { hears } = props;
    const rule = new CfnRule(this, 'Rule', {
      description: `Lifeboat: how tasks of ${props.group} end`,
      eventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          clusterArn: [props.clusterArn],
          // RunTask gives a task the group of its family (Amazon ECS API Reference, RunTask).
          group: [props.group],
          lastStatus: ['STOPPED'],
        },
      },
      targets: [
        {
          id: 'Starter',
          arn: hears.function.functionArn,
          deadLetterConfig: { arn: props.deadLetterPolicy.deadLetters.queue.queueArn },
          retryPolicy: {
            maximumRetryAttempts: MOST_HANDOVER_ATTEMPTS,
            maximumEventAgeInSeconds: HANDOVER_TIME.toSeconds(),
          },
        },
      ],
    });
    new CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: hears.function.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
    props.deadLetterPolicy.allowRule(rule.attrArn);
  }
}
