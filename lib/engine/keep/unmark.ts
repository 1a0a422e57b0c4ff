import { EXPIRY_TAG } from '../../contract/expiry-tag.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { GetOptions } from '../storage/object-store.ts';
import type { ObjectVersion, ObjectVersions, Tags } from '../storage/object-versions.ts';

/** What became of the tag by which the bucket's rules expire a backup. */
export type Unmarking =
  | { readonly outcome: 'not-asked' }
  | { readonly outcome: 'not-marked' }
  | { readonly outcome: 'removed'; readonly versions: number }
  /** The hold stands. But the bucket may still hide what has the tag. */
  | { readonly outcome: 'unknown'; readonly why: LifeboatError };

const REQUESTS_AT_ONCE = 16;

/**
 * Takes the expiry tag away from a backup that is held, so that the bucket's rules forget it: a rule cannot delete a
 * held version, but it hides the object.
 *
 * The keeper tags the manifest first, and the rest only when the manifest has expired. So where the manifest is there
 * and has no tag, nothing else can have one, and it costs a single request. The manifest loses its tag last, so that an
 * interrupted run is finished by the next.
 */
export async function unmark(
  versions: ObjectVersions,
  {
    manifests,
    others,
  }: { readonly manifests: readonly ObjectVersion[]; readonly others: readonly ObjectVersion[] },
  options: GetOptions,
): Promise<Unmarking> {
  try {
    const current = manifests.find(({ isLatest }) => isLatest);
    if (current && !isMarked(await versions.tags(current.key, current.versionId, options)))
      return { outcome: 'not-marked' };
    const removed = [
      ...(await unmarkAll(versions, others, options)),
      ...(await unmarkAll(versions, manifests, options)),
    ];
    const count = removed.filter(Boolean).length;
    return count === 0 ? { outcome: 'not-marked' } : { outcome: 'removed', versions: count };
  } catch (error) {
    const tolerated = ['vault-access-denied', 'vault-not-capable'];
    if (error instanceof LifeboatError && tolerated.includes(error.code))
      return { outcome: 'unknown', why: error };
    throw error;
  }
}

function unmarkAll(
  versions: ObjectVersions,
  found: readonly ObjectVersion[],
  options: GetOptions,
): Promise<boolean[]> {
  return inParallel(found, REQUESTS_AT_ONCE, async ({ key, versionId }) => {
    const tags = await versions.tags(key, versionId, options);
    if (!isMarked(tags)) return false;
    const { [EXPIRY_TAG.key]: _, ...others } = tags;
    // The vault's policy lets nobody but the keeper set tags, so they are removed where no other is left.
    if (Object.keys(others).length === 0) await versions.removeTags(key, versionId, options);
    else await versions.setTags(key, versionId, others, options);
    return true;
  });
}

function isMarked(tags: Tags): boolean {
  return tags[EXPIRY_TAG.key] === EXPIRY_TAG.value;
}
