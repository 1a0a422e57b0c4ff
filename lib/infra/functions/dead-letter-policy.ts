import type { IRule } from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { QueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

/** What a {@link DeadLetterPolicy} is made from. */
export interface DeadLetterPolicyProps {
  readonly queues: DeadLetterQueue[];
}

/**
 * The policy that several dead-letter queues share: it requires TLS, and lets EventBridge send for the rules
 * that are added. The queues share one policy because a policy for each would need more resources, and a
 * stack holds only 500. Each statement applies to the queue that the policy is attached to (AWS
 * CloudFormation Template Reference, AWS::SQS::QueuePolicy).
 */
export class DeadLetterPolicy extends Construct {
  readonly #policy: QueuePolicy;

  constructor(scope: Construct, id: string, props: DeadLetterPolicyProps) {
    super(scope, id);
    this.#policy = new QueuePolicy(this, 'Policy', { queues: props.queues.map(({ queue }) => queue) });
    this.#policy.document.addStatements(
      new PolicyStatement({
        sid: 'OverTlsOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['sqs:*'],
        resources: ['*'],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  }

  /** Lets EventBridge send the events that a rule could not deliver. */
  allowRule(rule: IRule): void {
    this.#policy.document.addStatements(
      new PolicyStatement({
        sid: 'RuleSends',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: ['*'],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
      }),
    );
  }
}
