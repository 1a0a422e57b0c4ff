import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** Properties of an {@link AlertTopic}. */
export interface AlertTopicProps {
  readonly environment: string;

  /** A topic that is there already. @default - a topic of its own, with a key of its own */
  readonly topic?: ITopic;

  /** A key of another topic that this one is encrypted with, too. @default - a key of its own */
  readonly key?: IKey;

  /** Addresses that get every alarm, once they have confirmed. */
  readonly emails: readonly string[];
}

/**
 * The topic that alarms publish to. An alarm can publish only if the topic's policy and its key's policy both
 * allow CloudWatch. AWS's own key for SNS does not, and a policy that only denies plain HTTP replaces the
 * default policy, which would have allowed it. Then the alarm turns red and nobody hears of it. (AWS re:Post,
 * "How do I configure a CloudWatch alarm with an encrypted SNS topic?".)
 *
 * Policies of a topic that another app made cannot be read or changed from here. Then a warning says what they need.
 */
export class AlertTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: AlertTopicProps) {
    super(scope, id);
    if (props.topic) checkTopic(props.topic, Stack.of(this));
    this.topic = props.topic ?? this.#makeTopic(props);
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.#allow('Alarms', 'cloudwatch.amazonaws.com', ofThisAccount);
    for (const email of props.emails) this.topic.addSubscription(new EmailSubscription(email));
  }

  /**
   * Lets rules of EventBridge publish. It brings neither an account nor an ARN to an encrypted topic, so a condition
   * would keep every rule away (Amazon EventBridge User Guide, "Using resource-based policies": "You can't use Condition
   * blocks in Amazon SNS topic policies for EventBridge"; AWS re:Post, "Why isn't my Amazon SNS topic receiving the event
   * notifications?").
   */
  acceptEvents(): void {
    this.#allow('Events', 'events.amazonaws.com');
  }

  #makeTopic({ environment, key: given }: AlertTopicProps): Topic {
    const key =
      given ??
      new Key(this, 'Key', {
        description: `Lifeboat: encrypts alerts (${environment})`,
        enableKeyRotation: true,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    return new Topic(this, 'Topic', {
      displayName: `Lifeboat ${environment}`,
      masterKey: key,
      enforceSSL: true,
    });
  }

  #allow(who: string, service: string, conditions?: Record<string, Record<string, string>>): void {
    const statement = (sid: string, actions: string[], resources: string[]) =>
      new PolicyStatement({
        sid,
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(service)],
        actions,
        resources,
        ...(conditions && { conditions }),
      });
    const publishes = statement(`${who}Publish`, ['sns:Publish'], [this.topic.topicArn]);
    const encrypts = statement(`${who}Encrypt`, ['kms:Decrypt', 'kms:GenerateDataKey*'], ['*']);
    const isTold = this.topic.addToResourcePolicy(publishes).statementAdded;
    const { masterKey } = this.topic;
    const isEncrypted = masterKey?.addToResourcePolicy(encrypts, true).statementAdded ?? isTold;
    if (isTold && isEncrypted) return;
    Annotations.of(this).addWarningV2(
      `lifeboat:alert-topic-${who.toLowerCase()}`,
      `${this.topic.node.path} is not made by this app, so its policies cannot be seen. Without the following nobody hears of an alarm. The topic's policy must allow ${service} sns:Publish${isEncrypted && masterKey ? '' : `; if the topic is encrypted, its key must be one of yours, and the key's policy must allow ${service} kms:Decrypt and kms:GenerateDataKey*`}. ${conditions ? 'A condition on aws:SourceAccount may be added' : 'No condition may be added'} . Functions of this stack publish, too: a key's policy that leaves the account to IAM, as the default one does, is enough for them (docs/construct.md)`,
    );
  }
}

function checkTopic(topic: ITopic, stack: Stack): void {
  if (topic.fifo) {
    throw new Error(
      // Amazon EventBridge User Guide, "Event bus targets": Amazon SNS topic (no FIFO topics).
      `alertTopic: ${topic.node.path} is a FIFO topic, which EventBridge cannot publish to: give a standard topic.`,
    );
  }
  const { region } = topic.env;
  if (!Token.isUnresolved(region) && !Token.isUnresolved(stack.region) && region !== stack.region) {
    throw new Error(
      `alertTopic: ${topic.node.path} is in ${region}, but alarms of ${stack.region} can tell topics of ${stack.region} only.`,
    );
  }
}
