import { Duration } from 'aws-cdk-lib';
import { type LifecycleRule, StorageClass } from 'aws-cdk-lib/aws-s3';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { type ClassRetentionProps, DEFAULT_COLDER_CLASS, type Retention } from './retention.ts';

/**
 * The rules by which S3 expires and moves objects of the vault. Objects under 128 KB, mostly manifests and
 * schema files, stay in Standard: lifecycle skips them by default, and moving them would not pay (Amazon S3
 * User Guide, "Transitioning objects using Amazon S3 Lifecycle").
 */
export function lifecycleRules(retention: Retention): LifecycleRule[] {
  return [
    ...RETENTION_CLASSES.map((name) => classRule(name, retention[name], retention.undeleteDays)),
    {
      id: 'abandoned',
      // The rule has no prefix, because a killed function may leave parts anywhere.
      abortIncompleteMultipartUploadAfter: Duration.days(1),
      // A rule with an age cannot have this. Without it, delete markers of expired backups would remain.
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
