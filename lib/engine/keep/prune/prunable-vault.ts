import { EXPIRY_TAG } from '../../../contract/expiry-tag.ts';
import type { ListOptions } from '../../archive/listing.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { rulesOf } from '../../storage/bucket-rules.ts';
import type { ObjectDeletion } from '../../storage/object-deletion.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { deletionOf } from '../../storage/open-deletion.ts';

/**
 * The means to delete in a vault of one's own. Throws `vault-has-keeper` if the rules of the bucket act on the keeper's
 * tag: that bucket belongs to a stack, and two who decide about one vault would each count on what the other deletes.
 * Throws what the store throws if it does not say which rules it has; a server that has no such rules has no keeper.
 */
export async function neededDeletion(store: ObjectStore, options: ListOptions): Promise<ObjectDeletion> {
  if (await hasKeeper(store, options)) throw vaultHasKeeper(store.url);
  const deletion = deletionOf(store);
  if (deletion) return deletion;
  throw new LifeboatError({
    code: 'vault-cannot-delete',
    kind: 'usage',
    what: `Nothing can be deleted in ${store.url} as it was opened.`,
    remedy: 'Leave out --deleted.',
  });
}

async function hasKeeper(store: ObjectStore, options: ListOptions): Promise<boolean> {
  try {
    const rules = (await rulesOf(store)?.expiry(options)) ?? [];
    return rules.some(({ tags }) => tags[EXPIRY_TAG.key] !== undefined);
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'vault-not-capable') return false;
    throw error;
  }
}

function vaultHasKeeper(storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-has-keeper',
    kind: 'usage',
    what: `${storeUrl} has a keeper: the rules of its bucket expire what the stack's keeper has marked.`,
    meaning: 'Nothing was deleted. There the stack decides what goes, by the same classes and the same rule.',
    remedy: 'Change `retention` of the environment instead; docs/retention.md says what it does.',
  });
}
