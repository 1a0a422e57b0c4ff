import type { GetOptions, ObjectStore } from './object-store.ts';

/**
 * `removed`: nothing of it is left. `hidden`: the storage keeps it as an older version, behind a delete marker. `gone`:
 * it was not there any more.
 */
export type Removal = 'removed' | 'hidden' | 'gone';

/**
 * What a storage can do that an {@link ObjectStore} never does. Only keep/prune uses it: a test of the structure sees to
 * that, so nothing else in Lifeboat can delete an object of a vault. Keys are relative to the vault.
 */
export interface ObjectDeletion {
  /** Throws what {@link remove} would throw because of where the key is. Deletes nothing. */
  check(key: string): Promise<void>;

  /** Deletes one object. It asks neither for locks nor for holds: S3 hides a version whatever protects it. */
  remove(key: string, options?: GetOptions): Promise<Removal>;
}
