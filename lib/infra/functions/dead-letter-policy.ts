import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { QueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

/** What a {@link DeadLetterPolicy} is made from. */
export interface DeadLetterPolicyProps {
  readonly deadLetters: DeadLetterQueue;
}

/**
 * The policy of a dead-letter queue: it requires TLS, and lets EventBridge send for the rules that are added.
 */
export class DeadLetterPolicy extends Construct {
  readonly #policy: QueuePolicy;
  readonly #deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: DeadLetterPolicyProps) {
    super(scope, id);
    this.#deadLetters = props.deadLetters;
    this.#policy = new QueuePolicy(this, 'Policy', { queues: [props.deadLetters.queue] });
    this.#policy.document.addStatements(
      new PolicyStatement({
        sid: 'OverTlsOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['sqs:*'],
        resources: [props.deadLetters.queue.queueArn],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  }

  /** Lets topics send what they could not deliver to a function, and failures that they are told of. */
  allowTopics(topicArns: readonly string[]): void {
    this.#policy.document.addStatements(
      new PolicyStatement({
        sid: 'TopicsSend',
        principals: [new ServicePrincipal('sns.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.#deadLetters.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': [...topicArns] } },
      }),
    );
  }

  /** Lets EventBridge send the events that a rule could not deliver. */
  allowRule(ruleArn: string): void {
    this.#policy.document.addStatements(
      new PolicyStatement({
        sid: 'RuleSends',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.#deadLetters.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': ruleArn } },
      }),
    );
  }
}
