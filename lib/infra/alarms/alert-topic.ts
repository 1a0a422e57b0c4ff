import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** Properties of an {@link AlertTopic}. */
export interface AlertTopicProps {
  readonly environment: string;

  /** Addresses that get every alarm, once they have confirmed. */
  readonly emails: string[];
}

/**
 * The topic that alarms publish to. An alarm can publish only if the topic's policy and its key's policy both
 * allow CloudWatch. AWS's own key for SNS does not, and a policy that only denies plain HTTP replaces the
 * default policy, which would have allowed it. Then the alarm turns red and nobody hears of it. (AWS re:Post,
 * "How do I configure a CloudWatch alarm with an encrypted SNS topic?".)
 */
export class AlertTopic extends Construct {
  readonly topic: Topic;
  readonly key: Key;

  constructor(scope: Construct, id: string, props: AlertTopicProps) {
    super(scope, id);
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.key = new Key(this, 'Key', {
      description: `Lifeboat: encrypts alerts (${props.environment})`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsEncrypt',
        effect: Effect.ALLOW,
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: ofThisAccount,
      }),
    );
    this.topic = new Topic(this, 'Topic', {
      displayName: `Lifeboat ${props.environment}`,
      masterKey: this.key,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        effect: Effect.ALLOW,
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: ofThisAccount,
      }),
    );
    for (const email of props.emails) this.topic.addSubscription(new EmailSubscription(email));
  }

  /**
   * Lets rules of EventBridge publish. It brings neither an account nor an ARN to an encrypted topic, so a condition
   * would keep every rule away (Amazon EventBridge User Guide, "Using resource-based policies": "You can't use Condition
   * blocks in Amazon SNS topic policies for EventBridge"; AWS re:Post, "Why isn't my Amazon SNS topic receiving the event
   * notifications?").
   */
  acceptEvents(): void {
    const principals = [new ServicePrincipal('events.amazonaws.com')];
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsPublish',
        principals,
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    );
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsEncrypt',
        principals,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
  }
}
