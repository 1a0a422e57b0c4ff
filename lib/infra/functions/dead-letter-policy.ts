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
 * The one policy of several dead-letter queues: TLS only, and EventBridge may send for the rules that are added. One for
 * all, for a policy of its own for each queue is one resource more, and a stack has room for 500. Each statement is about
 * the queue that the policy is attached to (AWS CloudFormation Template Reference, AWS::SQS::QueuePolicy).
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

  /** Lets EventBridge send what a rule could not hand over. */
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
