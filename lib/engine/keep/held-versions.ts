import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type ObjectVersions, versionsOf } from '../storage/object-versions.ts';

/** The versions of a vault whose objects can be held. Throws `vault-no-object-lock` for a directory. */
export function heldVersions(store: ObjectStore): ObjectVersions {
  const versions = versionsOf(store);
  if (versions) return versions;
  throw new LifeboatError({
    code: 'vault-no-object-lock',
    kind: 'vault',
    what: `${store.url} is a directory, and a directory has no legal holds.`,
    meaning: 'Who may write into the directory may also delete from it.',
    remedy:
      'Copy the backup into a bucket with S3 Object Lock and hold it there, or make a copy on a medium that is read-only.',
  });
}
