import { Stack } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Problem } from './problem.ts';
import type { OwnVault } from './vault/own-vault.ts';

/** What a setting for the audit should be. */
export const AUDIT_WORDS = 'should be "off", "writes" or "all"';

export function checkAudit(audit = 'off'): Problem[] {
  if (['off', 'writes', 'all'].includes(audit)) return [];
  return [{ path: ['audit'], message: AUDIT_WORDS }];
}

/** What an {@link AuditTrail} is made from. */
export interface AuditTrailProps {
  readonly environment: string;
  readonly vault: OwnVault;
  /** Whether it also records who reads. */
  readonly recordsReads: boolean;
}

/**
 * A CloudTrail trail of the vault's own: data events of its objects, and the account's management events that
 * change something, from which {@link GuardAlert} hears. Its log files lie in the bucket of the access logs.
 * By default it records no reads: the sentinel alone reads some 300,000 times a month.
 */
export class AuditTrail extends Construct {
  readonly trail: CfnTrail;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    const { environment, vault, recordsReads } = props;
    const stack = Stack.of(this);
    const name = `lifeboat-${environment}`;
    const logs = vault.accessLogs;
    const cloudTrail = new ServicePrincipal('cloudtrail.amazonaws.com');
    // The ARN is written out, because the trail needs the policy before it is made (AWS CloudTrail User Guide,
    // "Amazon S3 bucket policy for CloudTrail").
    const trailArn = stack.formatArn({ service: 'cloudtrail', resource: 'trail', resourceName: name });
    const ofThisTrail = { StringEquals: { 'aws:SourceArn': trailArn } };
    logs.addToResourcePolicy(
      new PolicyStatement({
        sid: 'TrailChecks',
        principals: [cloudTrail],
        actions: ['s3:GetBucketAcl'],
        resources: [logs.bucketArn],
        conditions: ofThisTrail,
      }),
    );
    logs.addToResourcePolicy(
      new PolicyStatement({
        sid: 'TrailWrites',
        principals: [cloudTrail],
        actions: ['s3:PutObject'],
        resources: [logs.arnForObjects(`trail/AWSLogs/${stack.account}/*`)],
        conditions: {
          StringEquals: {
            ...ofThisTrail.StringEquals,
            's3:x-amz-acl': 'bucket-owner-full-control',
          },
        },
      }),
    );
    this.trail = new CfnTrail(this, 'Trail', {
      trailName: name,
      s3BucketName: logs.bucketName,
      s3KeyPrefix: 'trail',
      isLogging: true,
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      enableLogFileValidation: true,
      advancedEventSelectors: [
        {
          name: 'Objects of the vault',
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Data'] },
            { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
            { field: 'resources.ARN', startsWith: [vault.bucket.arnForObjects('')] },
            ...(recordsReads ? [] : [{ field: 'readOnly', equalTo: ['false'] }]),
          ],
        },
        {
          name: 'What changes something in the account',
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Management'] },
            { field: 'readOnly', equalTo: ['false'] },
          ],
        },
      ],
    });
    if (logs.policy) this.trail.node.addDependency(logs.policy);
  }
}
