import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { VaultFunction } from './vault-function.ts';

/**
 * Prevents a confused deputy: only schedules of this account's default group, which ours are in, may assume a role
 * (EventBridge Scheduler User Guide, "Confused deputy prevention": the group's ARN, not the schedule's).
 */
export function schedulerOf(stack: Stack): ServicePrincipal {
  const group = { service: 'scheduler', resource: 'schedule-group', resourceName: 'default' };
  return new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': stack.formatArn(group) },
    },
  });
}

/** What a {@link ScheduleRole} is made from. */
export interface ScheduleRoleProps {
  /** The functions of one source, or those that look at the vault. */
  readonly targets: VaultFunction[];
}

/**
 * The role with which EventBridge Scheduler invokes the functions of one source and sends their dead letters.
 */
export class ScheduleRole extends Construct {
  readonly role: Role;
  readonly #invoke: PolicyStatement;
  readonly #sendDeadLetters: PolicyStatement;

  constructor(scope: Construct, id: string, props: ScheduleRoleProps) {
    super(scope, id);
    this.#invoke = new PolicyStatement({ sid: 'Invoke', actions: ['lambda:InvokeFunction'] });
    this.#sendDeadLetters = new PolicyStatement({ sid: 'SendDeadLetters', actions: ['sqs:SendMessage'] });
    this.role = new Role(this, 'Role', {
      assumedBy: schedulerOf(Stack.of(this)),
      inlinePolicies: {
        Schedule: new PolicyDocument({ statements: [this.#invoke, this.#sendDeadLetters] }),
      },
    });
    for (const target of props.targets) this.allow(target);
  }

  /** Lets schedules invoke another function, too. */
  allow(target: VaultFunction): void {
    this.#invoke.addResources(target.function.functionArn);
    const { queueArn } = target.deadLetters.queue;
    if (!this.#sendDeadLetters.resources.includes(queueArn)) this.#sendDeadLetters.addResources(queueArn);
  }
}
