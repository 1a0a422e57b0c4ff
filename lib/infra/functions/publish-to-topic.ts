import { Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';

/**
 * Lets a function publish to a topic. An encrypted one asks for its key as well (Amazon SNS Developer Guide, "Key
 * management", "Allow a user to send messages to a topic with SSE"). Of a topic that the app only imports, nobody here knows
 * the key: then any key of the account may encrypt for this topic, which SNS names in the encryption context.
 */
export function publishTo(topic: ITopic): PolicyStatement[] {
  const { topicArn, masterKey } = topic;
  const publish = new PolicyStatement({ sid: 'Speak', actions: ['sns:Publish'], resources: [topicArn] });
  const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
  if (masterKey) {
    return [publish, new PolicyStatement({ sid: 'SpeakEncrypted', actions, resources: [masterKey.keyArn] })];
  }
  if (topic instanceof Topic) return [publish];
  const stack = Stack.of(topic);
  const { region, account } = topic.env;
  const of = (value: string, own: string) => (Token.isUnresolved(value) ? own : value);
  const topicRegion = of(region, stack.region);
  return [
    publish,
    new PolicyStatement({
      sid: 'SpeakEncryptedByUnknownKey',
      actions,
      resources: [`arn:${stack.partition}:kms:${topicRegion}:${of(account, stack.account)}:key/*`],
      conditions: {
        StringEquals: {
          'kms:ViaService': `sns.${topicRegion}.${stack.urlSuffix}`,
          'kms:EncryptionContext:aws:sns:topicArn': topicArn,
        },
      },
    }),
  ];
}
