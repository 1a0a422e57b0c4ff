import { EXPIRY_TAG } from '../../contract/expiry-tag.ts';
import { UNDRILLED_TAG_PREFIX } from '../../contract/undrilled-tag.ts';
import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import type { ListOptions } from '../archive/listing.ts';
import { LifeboatError } from '../ground/errors.ts';
import { type BucketRules, type ExpiryRule, rulesOf } from '../storage/bucket-rules.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What the bucket of a vault says about expiring. */
export interface VaultRules {
  readonly rules: readonly ExpiryRule[];
  /** The sources that nobody drills; undefined if the bucket's tags could not be read. */
  readonly undrilled: ReadonlySet<string> | undefined;
}

/**
 * Reads the rules of the vault's bucket. Undefined if nothing is known: for a directory, without the permission, and on
 * servers that do not have such rules.
 */
export async function readVaultRules(
  store: ObjectStore,
  options: ListOptions,
): Promise<VaultRules | undefined> {
  const bucket = rulesOf(store);
  if (!bucket) return undefined;
  const rules = await ifAllowed(options, () => bucket.expiry(options));
  return rules && { rules, undrilled: await readUndrilled(bucket, options) };
}

async function readUndrilled(bucket: BucketRules, options: ListOptions): Promise<Set<string> | undefined> {
  const tags = await ifAllowed(options, () => bucket.tags(options));
  if (!tags) return undefined;
  const names = Object.keys(tags).filter((key) => key.startsWith(UNDRILLED_TAG_PREFIX));
  return new Set(names.map((key) => key.slice(UNDRILLED_TAG_PREFIX.length)));
}

/** When the rules allow a backup to expire. */
export interface Allowed {
  readonly at: Date;
  /** Whether the age alone is enough. Otherwise the keeper's tag is needed, too. */
  readonly byAge: boolean;
}

const DAY_MS = 86_400_000;

/**
 * When the rules let a backup expire, by its manifest's date: the earliest of those that concern it. A rule that acts by
 * age alone comes first. Undefined if none does.
 */
export function allowedBy(
  rules: readonly ExpiryRule[],
  place: BackupPlace,
  sealedAt: Date,
): Allowed | undefined {
  const concerning = rules.filter(({ prefix }) => manifestKey(place).startsWith(prefix));
  const byAge = concerning.filter(({ tags }) => Object.keys(tags).length === 0);
  const byTag = concerning.filter(
    ({ tags }) => Object.keys(tags).length === 1 && tags[EXPIRY_TAG.key] === EXPIRY_TAG.value,
  );
  const earliest = (some: readonly ExpiryRule[]) =>
    new Date(
      Math.min(
        ...some.map(({ after }) =>
          typeof after === 'number' ? sealedAt.getTime() + after * DAY_MS : after.getTime(),
        ),
      ),
    );
  if (byAge.length > 0) return { at: earliest(byAge), byAge: true };
  return byTag.length > 0 ? { at: earliest(byTag), byAge: false } : undefined;
}

/** Undefined if the storage refuses to say, or cannot. */
export async function ifAllowed<T>(options: ListOptions, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof LifeboatError && SILENT.includes(error.code)) return undefined;
    throw error;
  }
}

const SILENT = ['vault-access-denied', 'vault-not-capable', 'vault-request-refused'];
