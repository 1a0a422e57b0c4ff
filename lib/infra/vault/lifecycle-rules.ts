import { Duration } from 'aws-cdk-lib';
import { type LifecycleRule, StorageClass } from 'aws-cdk-lib/aws-s3';
import { EXPIRY_TAG } from '../../contract/expiry-tag.ts';
import { LONGEST_KEPT_CHANGES_DAYS } from '../../contract/point-in-time.ts';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import type { ClassRetentionSettings } from '../environment/shared-settings.ts';
import { DEFAULT_COLDER_CLASS, type Retention } from './retention.ts';

/** Where captured changes lie (lib/engine/archive/changes/change-keys.ts). */
const CHANGES = 'changes/';

/**
 * The rules by which S3 expires and moves objects of the vault. Nothing expires because of its age alone: a rule needs
 * the keeper's tag as well as the days of the class. Without the tag an object stays, and so does a version that
 * somebody has hidden by hand. Without the days the tag does nothing to what is current, whoever has set it. (A version that is
 * tagged and was hidden by hand goes after `undeleteDays`, if no lock keeps it; only the break-glass role hides.)
 */
export function lifecycleRules(
  retention: Retention,
  changesDays = LONGEST_KEPT_CHANGES_DAYS,
): LifecycleRule[] {
  return [
    ...RETENTION_CLASSES.map((name) =>
      expiryRule(name, `${name}/`, retention[name].days, retention.undeleteDays),
    ),
    expiryRule('changes', CHANGES, changesDays, retention.undeleteDays),
    ...RETENTION_CLASSES.flatMap((name) => colderRule(name, retention[name])),
    {
      id: 'abandoned',
      // The rule has no prefix, because a killed function may leave parts anywhere. It has no tag, because parts and
      // delete markers have none.
      abortIncompleteMultipartUploadAfter: Duration.days(1),
      // A rule with an age cannot have this (Amazon S3 API Reference, LifecycleExpiration). Without it, delete markers
      // of expired backups would remain.
      expiredObjectDeleteMarker: true,
    },
  ];
}

/**
 * Captured changes have no class. Those of a source that is captured have a rule of its own, with the days of its setting:
 * of two rules that expire an object, the shorter one counts (Amazon S3 User Guide, "How Amazon S3 handles conflicts in
 * lifecycle configurations"). The rule for all is for sources that the stack does not capture any more.
 */
export function changesRule(source: string, days: number, undeleteDays: number): LifecycleRule {
  return expiryRule(`changes-${source}`, `${CHANGES}${source}/`, days, undeleteDays);
}

/** The tag stays with a version when it becomes noncurrent, so the same filter deletes it later for good. */
function expiryRule(id: string, prefix: string, days: number, undeleteDays: number): LifecycleRule {
  return {
    id,
    prefix,
    tagFilters: { [EXPIRY_TAG.key]: EXPIRY_TAG.value },
    expiration: Duration.days(days),
    noncurrentVersionExpiration: Duration.days(undeleteDays),
  };
}

/**
 * Moves objects by their age, tagged or not, so it is a rule of its own. Where both rules concern an object on the same
 * day, the transition comes before the delete marker, and the deletion of a version before its transition (Amazon S3
 * User Guide, "How Amazon S3 handles conflicts in lifecycle configurations"). Objects under 128 KB, mostly manifests
 * and schema files, stay in Standard: lifecycle skips them by default, and moving them would not pay ("Transitioning
 * objects using Amazon S3 Lifecycle").
 */
function colderRule(name: string, settings: ClassRetentionSettings): LifecycleRule[] {
  const { colderAfterDays, colderClass = DEFAULT_COLDER_CLASS } = settings;
  if (colderAfterDays === undefined) return [];
  return [
    {
      id: `${name}-colder`,
      prefix: `${name}/`,
      transitions: [
        { storageClass: new StorageClass(colderClass), transitionAfter: Duration.days(colderAfterDays) },
      ],
    },
  ];
}
