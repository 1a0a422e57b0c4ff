import {
  DeleteObjectTaggingCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  PutObjectLegalHoldCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import type { LockMode } from '../../contract/object-lock.ts';
import type { GetOptions } from './object-store.ts';
import { ObjectMissingError } from './object-store.ts';
import type { ObjectVersion, ObjectVersions, Tags, VersionListing } from './object-versions.ts';
import type { Retention } from './retention.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { download } from './s3-download.ts';
import type { S3Action } from './s3-explanation.ts';
import { S3Failure } from './s3-failure.ts';
import { versionPages } from './s3-version-pages.ts';

/** The last is the answer about a delete marker, which has no bytes, no tags and no lock. */
const NOT_THERE = ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'];
/** S3's answer for a version without a retention or a hold, and for a bucket that never had Object Lock. */
const NOTHING_LOCKED = ['NoSuchObjectLockConfiguration', 'ObjectLockConfigurationNotFoundError'];

/** The versions of a vault in an S3 bucket. */
export class S3Versions implements ObjectVersions {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  async *all(prefix: string, { signal }: GetOptions = {}): AsyncGenerator<ObjectVersion> {
    for await (const page of versionPages(this.#bucket, prefix, { signal })) yield* page.versions;
  }

  async level(prefix: string, { signal }: GetOptions = {}): Promise<VersionListing> {
    const versions: ObjectVersion[] = [];
    const prefixes: string[] = [];
    for await (const page of versionPages(this.#bucket, prefix, { signal, delimiter: '/' })) {
      versions.push(...page.versions);
      prefixes.push(...page.prefixes);
    }
    return { versions, prefixes };
  }

  get(key: string, versionId: string, { signal }: GetOptions = {}): AsyncIterable<Uint8Array> {
    return download(this.#bucket, key, signal, versionId);
  }

  async legalHold(key: string, versionId: string | undefined, options: GetOptions = {}): Promise<boolean> {
    const found = await this.#unlessNothingLocked('read-hold', key, options, (sendOptions) =>
      this.#bucket.client.send(new GetObjectLegalHoldCommand(this.#addressOf(key, versionId)), sendOptions),
    );
    return found?.LegalHold?.Status === 'ON';
  }

  async setLegalHold(key: string, versionId: string, held: boolean, options: GetOptions = {}): Promise<void> {
    await this.#call('hold', key, options, (sendOptions) =>
      this.#bucket.client.send(
        new PutObjectLegalHoldCommand({
          ...this.#addressOf(key, versionId),
          LegalHold: { Status: held ? 'ON' : 'OFF' },
        }),
        sendOptions,
      ),
    );
  }

  async retention(
    key: string,
    versionId: string | undefined,
    options: GetOptions = {},
  ): Promise<Retention | undefined> {
    const found = await this.#unlessNothingLocked('read-retention', key, options, (sendOptions) =>
      this.#bucket.client.send(new GetObjectRetentionCommand(this.#addressOf(key, versionId)), sendOptions),
    );
    const { Mode: mode, RetainUntilDate: until } = found?.Retention ?? {};
    if (mode === undefined || until === undefined) return undefined;
    return { mode: mode.toLowerCase() as LockMode, until };
  }

  async tags(key: string, versionId: string | undefined, options: GetOptions = {}): Promise<Tags> {
    const found = await this.#call('read-tags', key, options, (sendOptions) =>
      this.#bucket.client.send(new GetObjectTaggingCommand(this.#addressOf(key, versionId)), sendOptions),
    );
    return Object.fromEntries((found.TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
  }

  async setTags(
    key: string,
    versionId: string | undefined,
    tags: Tags,
    options: GetOptions = {},
  ): Promise<void> {
    const tagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await this.#call('tag', key, options, (sendOptions) =>
      this.#bucket.client.send(
        new PutObjectTaggingCommand({ ...this.#addressOf(key, versionId), Tagging: { TagSet: tagSet } }),
        sendOptions,
      ),
    );
  }

  async removeTags(key: string, versionId: string | undefined, options: GetOptions = {}): Promise<void> {
    await this.#call('untag', key, options, (sendOptions) =>
      this.#bucket.client.send(new DeleteObjectTaggingCommand(this.#addressOf(key, versionId)), sendOptions),
    );
  }

  async #call<T>(
    action: S3Action,
    key: string,
    { signal }: GetOptions,
    send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    this.#bucket.checkKey(key);
    try {
      return await this.#bucket.call({ action, key, signal }, send);
    } catch (error) {
      if (error instanceof S3Failure && NOT_THERE.includes(error.reason))
        throw new ObjectMissingError(key, this.#bucket.url);
      throw error;
    }
  }

  /** Undefined where S3 says that the version, or the whole bucket, has no lock. */
  async #unlessNothingLocked<T>(
    action: S3Action,
    key: string,
    options: GetOptions,
    send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.#call(action, key, options, send);
    } catch (error) {
      if (!(error instanceof S3Failure)) throw error;
      if (NOTHING_LOCKED.includes(error.reason) || error.code === 'vault-no-object-lock') return undefined;
      throw error;
    }
  }

  #addressOf(key: string, versionId: string | undefined) {
    return { ...this.#bucket.address(key), ...(versionId === undefined ? {} : { VersionId: versionId }) };
  }
}
