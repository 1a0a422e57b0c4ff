import { describe, expect, it } from 'vitest';
import { resolve } from './support/intrinsics.ts';
import { isAllowed, type Statement } from './support/policy.ts';
import { type Resource, resource, resources, templateOf } from './support/synthesized.ts';

/**
 * Walks from each alarm to the person: action → topic → topic policy → key → key policy → subscription. `resources` throws
 * on an empty list, so a link that is missing cannot pass for one that is right.
 */
const template = templateOf('production');
const alarms = [
  ...resources(template, 'AWS::CloudWatch::Alarm'),
  ...resources(template, 'AWS::CloudWatch::CompositeAlarm'),
];
const [topicId, topic] = resource(template, 'AWS::SNS::Topic', /Alerts/);
const keyId = String(resolve(topic.Properties.KmsMasterKeyId)).replace('arn:', '');
const [, key] = resource(template, 'AWS::KMS::Key', new RegExp(`^${keyId}$`));

/** As CloudWatch publishes for an alarm of this account, over TLS. */
const fromAlarm = { 'aws:SourceAccount': '111122223333', 'aws:SecureTransport': 'true' };

function statementsFor(document: unknown, service: string): Statement[] {
  const { Statement: all } = resolve(document) as { Statement: Statement[] };
  const isFor = (principal: unknown) =>
    principal === '*' ||
    Object.values(principal as Record<string, string>).some((one) => one === '*' || one === service);
  return all.filter(({ Principal }) => isFor(Principal));
}

function topicPolicy(): Statement[] {
  const [found, ...others] = resources(template, 'AWS::SNS::TopicPolicy').filter(([, { Properties }]) =>
    (resolve(Properties.Topics) as string[]).includes(topicId),
  );
  if (!found || others.length > 0) throw new Error('the topic should have one policy');
  return statementsFor(found[1].Properties.PolicyDocument, 'cloudwatch.amazonaws.com');
}

describe('an alert reaches people', () => {
  it('from every alarm, by an action that is the topic', () => {
    expect(alarms.length).toBeGreaterThan(25);
    const pagedOnly = alarms.filter(([id]) => id.includes('SentinelSilent'));
    expect(pagedOnly).toHaveLength(1);
    for (const [id, alarm] of alarms.filter((one) => !pagedOnly.includes(one))) {
      const {
        AlarmActions,
        OKActions = [],
        InsufficientDataActions = [],
        ActionsEnabled,
      } = resolve(alarm.Properties) as Record<string, string[] | undefined>;
      expect(AlarmActions, id).toEqual([topicId]);
      for (const action of [...OKActions, ...InsufficientDataActions]) expect(action, id).toBe(topicId);
      expect(ActionsEnabled, id).toBeUndefined();
    }
  });

  it('through a topic that lets CloudWatch publish, for this account and over TLS only', () => {
    const publish = { action: 'sns:Publish', resource: topicId, context: fromAlarm };
    expect(isAllowed(topicPolicy(), publish)).toBe(true);
    expect(
      isAllowed(topicPolicy(), { ...publish, context: { ...fromAlarm, 'aws:SecureTransport': 'false' } }),
    ).toBe(false);
    expect(
      isAllowed(topicPolicy(), {
        ...publish,
        context: { ...fromAlarm, 'aws:SourceAccount': '999999999999' },
      }),
    ).toBe(false);
  });

  it('under a key of its own that lets CloudWatch use it', () => {
    const statements = statementsFor(key.Properties.KeyPolicy, 'cloudwatch.amazonaws.com');
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
      expect(isAllowed(statements, { action, resource: '*', context: fromAlarm }), action).toBe(true);
      const foreign = { 'aws:SourceAccount': '999999999999' };
      expect(isAllowed(statements, { action, resource: '*', context: foreign }), action).toBe(false);
    }
    expect(
      isAllowed(statements, { action: 'kms:ScheduleKeyDeletion', resource: '*', context: fromAlarm }),
    ).toBe(false);
    const [vaultKeyId] = resource(template, 'AWS::KMS::Key', /VaultKey/);
    expect(keyId).not.toBe(vaultKeyId);
    expect(key.Properties.EnableKeyRotation).toBe(true);
  });

  it('to every address of the environment', () => {
    const subscriptions = resources(template, 'AWS::SNS::Subscription').map(
      ([, { Properties }]: [string, Resource]) => resolve(Properties) as Record<string, string>,
    );
    expect(subscriptions.map(({ Protocol, Endpoint, TopicArn }) => [Protocol, Endpoint, TopicArn])).toEqual([
      ['email', 'on-call@example.com', topicId],
      ['email', 'team@example.com', topicId],
    ]);
    // A filter would drop what it does not know.
    for (const subscription of subscriptions) expect(subscription).not.toHaveProperty('FilterPolicy');
  });
});
