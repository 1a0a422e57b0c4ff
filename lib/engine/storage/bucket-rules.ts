import type { GetOptions, ObjectStore } from './object-store.ts';
import type { Tags } from './object-versions.ts';

/** A rule by which the storage expires objects by itself. */
export interface ExpiryRule {
  /** The beginning of the keys that it concerns, relative to the vault. */
  readonly prefix: string;
  /** Days from an object's date, or the date itself. */
  readonly after: number | Date;
  /** The tags that an object must have. Empty: the rule acts by age alone. */
  readonly tags: Tags;
}

/** What a bucket says about itself. */
export interface BucketRules {
  /** The enabled rules that expire objects of the vault. A bucket without rules expires nothing. */
  expiry(options?: GetOptions): Promise<readonly ExpiryRule[]>;
  /** The tags of the bucket itself. */
  tags(options?: GetOptions): Promise<Tags>;
}

/** A store in a bucket. */
export interface RuledStore extends ObjectStore {
  readonly rules: BucketRules;
}

/** The rules of a store. Undefined for a directory, in which nothing expires. Sends no request. */
export function rulesOf(store: ObjectStore): BucketRules | undefined {
  return 'rules' in store ? (store as RuledStore).rules : undefined;
}
