import { Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AlertTopic } from './alarms/alert-topic.ts';
import { GUARDED_BUCKET_ACTIONS, GUARDED_KEY_ACTIONS } from './vault/guard.ts';
import type { Vault } from './vault/vault.ts';

/** What a {@link GuardAlert} is made from. */
export interface GuardAlertProps {
  readonly environment: string;
  readonly vault: Vault;
  readonly alerts: AlertTopic;
  readonly runbook: string;
}

/**
 * CloudTrail's names of the guarded requests: those of the API, which are not always those of the permission
 * (Amazon S3 User Guide, "Amazon S3 CloudTrail events").
 */
const BUCKET_EVENTS: Readonly<Record<string, readonly string[]>> = {
  's3:PutLifecycleConfiguration': ['PutBucketLifecycle', 'DeleteBucketLifecycle'],
  's3:PutBucketVersioning': ['PutBucketVersioning'],
  's3:PutBucketObjectLockConfiguration': ['PutObjectLockConfiguration'],
  's3:PutEncryptionConfiguration': ['PutBucketEncryption', 'DeleteBucketEncryption'],
  's3:PutBucketPolicy': ['PutBucketPolicy'],
  's3:DeleteBucketPolicy': ['DeleteBucketPolicy'],
  's3:DeleteBucket': ['DeleteBucket'],
};

/**
 * Tells the topic of each attempt to change what protects the vault, refused ones too. EventBridge hears of
 * them from CloudTrail, so the account needs a trail that records management events (Amazon EventBridge User
 * Guide, "AWS service events delivered via AWS CloudTrail"); `audit` makes one.
 */
export class GuardAlert extends Construct {
  constructor(scope: Construct, id: string, props: GuardAlertProps) {
    super(scope, id);
    const { environment, vault, alerts, runbook } = props;
    const topicArn = alerts.topic.topicArn;
    // A role instead of a statement in the topic's policy: EventBridge brings no account to a topic, so no
    // condition could keep the rules of other accounts away.
    const role = new Role(this, 'Role', {
      description: `Lifeboat: tell of attempts to change the vault (${environment})`,
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        Alert: new PolicyDocument({
          statements: [
            new PolicyStatement({ sid: 'Publish', actions: ['sns:Publish'], resources: [topicArn] }),
            new PolicyStatement({
              sid: 'EncryptAlerts',
              actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
              resources: [alerts.key.keyArn],
            }),
          ],
        }),
      },
    });
    new CfnRule(this, 'Rule', {
      description: `Lifeboat: somebody tries to change what protects the vault of ${environment}`,
      eventPattern: {
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          $or: [
            {
              eventSource: ['s3.amazonaws.com'],
              eventName: GUARDED_BUCKET_ACTIONS.flatMap((action) => BUCKET_EVENTS[action] ?? []),
              requestParameters: { bucketName: [vault.bucket.bucketName] },
            },
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
          arn: topicArn,
          roleArn: role.roleArn,
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
              `Lifeboat ${environment}: <event> on the vault or its key, by <who> from <from> at <at>. Refused because: <refused> (empty: it was done). If nobody of you did this, act now. Runbook: ${runbook}#vault-changed`,
            ),
          },
        },
      ],
    });
  }
}
