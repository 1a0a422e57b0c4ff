import { Duration } from 'aws-cdk-lib';
import { type LifecycleRule, StorageClass } from 'aws-cdk-lib/aws-s3';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { type ClassRetentionProps, DEFAULT_COLDER_CLASS, type Retention } from './retention.ts';

/**
 * What S3 does to the vault by itself. Objects under 128 KB, manifests and schema files above all, stay in Standard:
 * lifecycle passes them over unless told otherwise, and it would not pay (Amazon S3 User Guide, "Transitioning objects
 * using Amazon S3 Lifecycle").
 */
export function lifecycleRules(retention: Retention): LifecycleRule[] {
  return [
    ...RETENTION_CLASSES.map((name) => classRule(name, retention[name], retention.undeleteDays)),
    {
      id: 'abandoned',
      // No prefix: a killed function leaves parts wherever it was writing.
      abortIncompleteMultipartUploadAfter: Duration.days(1),
      // Cannot stand in a rule with an age; without it, markers of expired backups would stay for ever.
      expiredObjectDeleteMarker: true,
    },
  ];
}

function classRule(name: string, settings: ClassRetentionProps, undeleteDays: number): LifecycleRule {
  const { days, colderAfterDays, colderClass = DEFAULT_COLDER_CLASS } = settings;
  return {
    id: name,
    prefix: `${name}/`,
    expiration: Duration.days(days),
    noncurrentVersionExpiration: Duration.days(undeleteDays),
    ...(colderAfterDays !== undefined && {
      transitions: [
        { storageClass: new StorageClass(colderClass), transitionAfter: Duration.days(colderAfterDays) },
      ],
    }),
  };
}
