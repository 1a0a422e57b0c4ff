import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { guardAlertText } from '../contract/guard-alert.ts';
import type { AlertTopic } from './alarms/alert-topic.ts';
import type { DeadLetterPolicy } from './functions/dead-letter-policy.ts';
import type { DeadLetterQueue } from './functions/dead-letter-queue.ts';
import { GUARDED_BUCKET_ACTIONS, GUARDED_KEY_ACTIONS } from './vault/guard.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';

/** What a {@link GuardAlert} is made from. */
export interface GuardAlertProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly alerts: AlertTopic;
  readonly runbook: string;
  /** Where messages go that could not be delivered. */
  readonly deadLetters: DeadLetterQueue;
  readonly deadLetterPolicy: DeadLetterPolicy;
  /** Whether a trail records who deletes objects, so that this can be told, too. */
  readonly recordsObjects: boolean;
}

/**
 * CloudTrail's names of the guarded requests: those of the API, which are not always those of the permission
 * (Amazon S3 User Guide, "Amazon S3 CloudTrail events").
 */
const BUCKET_EVENTS: Readonly<Record<string, readonly string[]>> = {
  's3:PutLifecycleConfiguration': ['PutBucketLifecycle', 'DeleteBucketLifecycle'],
  's3:PutBucketVersioning': ['PutBucketVersioning'],
  's3:PutBucketObjectLockConfiguration': ['PutBucketObjectLockConfiguration'],
  's3:PutEncryptionConfiguration': ['PutBucketEncryption', 'DeleteBucketEncryption'],
  's3:PutBucketPolicy': ['PutBucketPolicy'],
  's3:DeleteBucketPolicy': ['DeleteBucketPolicy'],
  's3:DeleteBucket': ['DeleteBucket'],
};

/** Not refused, because deployments need them, but told: who reads along, where copies go, who may read. */
const TOLD_EVENTS = [
  'PutBucketReplication',
  'DeleteBucketReplication',
  'PutBucketPublicAccessBlock',
  'DeleteBucketPublicAccessBlock',
  'PutBucketOwnershipControls',
];

/** Data events, which only a trail with the vault's objects has. S3's own lifecycle makes none. */
const OBJECT_EVENTS = ['DeleteObject', 'DeleteObjects', 'UpdateObjectEncryption'];

/**
 * Tells the topic of each attempt to change what protects the vault, refused ones too. EventBridge hears of
 * them from CloudTrail, so the account needs a trail that records management events (Amazon EventBridge User
 * Guide, "AWS service events delivered via AWS CloudTrail"); `audit` makes one.
 */
export class GuardAlert extends Construct {
  constructor(scope: Construct, id: string, props: GuardAlertProps) {
    super(scope, id);
    const { environment, vault, alerts, deadLetters, deadLetterPolicy, recordsObjects, runbook } = props;
    const bucketName = [vault.bucket.bucketName];
    alerts.acceptEvents();
    const rule = new CfnRule(this, 'Rule', {
      description: `Lifeboat: somebody tries to change what protects the vault of ${environment}`,
      eventPattern: {
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          $or: [
            {
              eventSource: ['s3.amazonaws.com'],
              eventName: [
                ...GUARDED_BUCKET_ACTIONS.flatMap((action) => BUCKET_EVENTS[action] ?? []),
                ...TOLD_EVENTS,
              ],
              requestParameters: { bucketName },
            },
            ...(recordsObjects
              ? [
                  {
                    eventSource: ['s3.amazonaws.com'],
                    eventName: OBJECT_EVENTS,
                    requestParameters: { bucketName },
                  },
                ]
              : []),
            {
              eventSource: ['kms.amazonaws.com'],
              eventName: GUARDED_KEY_ACTIONS.map((action) => action.slice('kms:'.length)),
              // A request may name the key by its id or by its ARN.
              requestParameters: { keyId: [vault.key.keyId, vault.key.keyArn] },
            },
          ],
        },
      },
      targets: [
        {
          id: 'Alerts',
          arn: alerts.topic.topicArn,
          deadLetterConfig: { arn: deadLetters.queue.queueArn },
          inputTransformer: {
            inputPathsMap: {
              event: '$.detail.eventName',
              who: '$.detail.userIdentity.arn',
              from: '$.detail.sourceIPAddress',
              at: '$.detail.eventTime',
              refused: '$.detail.errorCode',
            },
            // A field that an event lacks becomes an empty text.
            inputTemplate: JSON.stringify(
              guardAlertText({
                ...{ environment, runbook },
                ...{ event: '<event>', who: '<who>', from: '<from>', at: '<at>', refused: '<refused>' },
              }),
            ),
          },
        },
      ],
    });
    deadLetterPolicy.allowRule(rule.attrArn);
  }
}
