import { EXPIRY_TAG } from '../../contract/expiry-tag.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import { versionsOf } from '../storage/object-versions.ts';

/** The mark without which no rule of the bucket expires an object, and the hold that keeps it from being set. */
export interface ExpiryMarks {
  isMarked(key: string, options: GetOptions): Promise<boolean>;
  /** Replaces all tags of the object. Throws `object-missing` if it has expired meanwhile. */
  mark(key: string, options: GetOptions): Promise<void>;
  isHeld(key: string, options: GetOptions): Promise<boolean>;
}

/** The marks of a vault in S3: a tag on the current version of each object. Undefined for a directory. */
export function expiryMarksOf(store: ObjectStore): ExpiryMarks | undefined {
  const versions = versionsOf(store);
  if (!versions) return undefined;
  return {
    async isMarked(key, options) {
      const tags = await versions.tags(key, undefined, options);
      return tags[EXPIRY_TAG.key] === EXPIRY_TAG.value;
    },
    mark: (key, options) => versions.setTags(key, undefined, { [EXPIRY_TAG.key]: EXPIRY_TAG.value }, options),
    isHeld: (key, options) => versions.legalHold(key, undefined, options),
  };
}

/** As {@link expiryMarksOf}, for the keeper. */
export function neededExpiryMarks(store: ObjectStore): ExpiryMarks {
  const marks = expiryMarksOf(store);
  if (marks) return marks;
  throw new LifeboatError({
    code: 'vault-without-tags',
    kind: 'usage',
    what: `${store.url} has no tags.`,
    meaning: 'Nothing expires in a directory, so there is nothing to mark.',
  });
}
