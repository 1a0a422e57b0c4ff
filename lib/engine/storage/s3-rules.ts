import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  type LifecycleRule,
  type Tag,
} from '@aws-sdk/client-s3';
import type { BucketRules, ExpiryRule } from './bucket-rules.ts';
import type { GetOptions } from './object-store.ts';
import type { Tags } from './object-versions.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Failure } from './s3-failure.ts';

/** The rules and tags of the bucket that a vault lies in. */
export class S3Rules implements BucketRules {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  async expiry({ signal }: GetOptions = {}): Promise<ExpiryRule[]> {
    const found = await unlessNone('NoSuchLifecycleConfiguration', () =>
      this.#bucket.call({ action: 'read-rules', key: undefined, signal }, (sendOptions) =>
        this.#bucket.client.send(
          new GetBucketLifecycleConfigurationCommand({ Bucket: this.#bucket.name }),
          sendOptions,
        ),
      ),
    );
    return (found?.Rules ?? []).flatMap((rule) => expiryRule(rule, this.#bucket.prefix) ?? []);
  }

  async tags({ signal }: GetOptions = {}): Promise<Tags> {
    const found = await unlessNone('NoSuchTagSet', () =>
      this.#bucket.call({ action: 'read-bucket-tags', key: undefined, signal }, (sendOptions) =>
        this.#bucket.client.send(new GetBucketTaggingCommand({ Bucket: this.#bucket.name }), sendOptions),
      ),
    );
    return tagsOf(found?.TagSet ?? []);
  }
}

/** Undefined for a rule that does not expire current versions, or none of the vault. */
function expiryRule(rule: LifecycleRule, vaultPrefix: string): ExpiryRule | undefined {
  const { Days, Date: date } = rule.Expiration ?? {};
  const after = date ?? Days;
  if (rule.Status !== 'Enabled' || after === undefined) return undefined;
  const { Filter: filter = {} } = rule;
  const whole = filter.And?.Prefix ?? filter.Prefix ?? rule.Prefix ?? '';
  const tags = tagsOf([...(filter.And?.Tags ?? []), ...(filter.Tag ? [filter.Tag] : [])]);
  // A rule for a folder above the vault concerns all of it.
  if (vaultPrefix.startsWith(whole)) return { prefix: '', after, tags };
  return whole.startsWith(vaultPrefix) ? { prefix: whole.slice(vaultPrefix.length), after, tags } : undefined;
}

function tagsOf(tags: readonly Tag[]): Tags {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

/** S3 answers 404 for a bucket without rules or tags. */
async function unlessNone<T>(reason: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof S3Failure && error.reason === reason) return undefined;
    throw error;
  }
}
