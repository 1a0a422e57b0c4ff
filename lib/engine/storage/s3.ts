import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { SpareBuffers } from '../ground/spare-buffers.ts';
import type { RuledStore } from './bucket-rules.ts';
import { checkPrefix, compareKeys } from './object-key.ts';
import type {
  GetOptions,
  Listing,
  ObjectStore,
  ObjectSummary,
  PutOptions,
  WriteOptions,
} from './object-store.ts';
import type { VersionedStore } from './object-versions.ts';
import { S3Bucket, type S3Call } from './s3-bucket.ts';
import { createS3Client, type S3Access } from './s3-client.ts';
import { download } from './s3-download.ts';
import { S3Failure } from './s3-failure.ts';
import { decoderOf } from './s3-listing.ts';
import { putWhole } from './s3-put.ts';
import { S3Rules } from './s3-rules.ts';
import { uploadStream } from './s3-upload.ts';
import { S3Versions } from './s3-versions.ts';

export interface S3StoreOptions extends S3Access {
  readonly bucket: string;
  /** Without slashes at its ends; `''` for the whole bucket. */
  readonly prefix: string;
  /** Objects are encrypted with this KMS key. @default the bucket's key */
  readonly kmsKeyId?: string;
  /** Errors name the options of `copy` for its target, and not the variables of the environment. @default false */
  readonly isCopyTarget?: boolean;
  /** Parts of 8 MiB that one upload may have in flight at once. @default 2 */
  readonly partsInFlight?: number;
}

const PARTS_IN_FLIGHT = 2;
/** As many as four uploads fill and send at once. */
const MOST_SPARE_PARTS = 12;
/**
 * Opens a vault in an S3 bucket, at AWS or at a server with the same protocol. Nothing is sent before the
 * first call.
 */
export function openS3Store(options: S3StoreOptions): ObjectStore {
  const bucket = new S3Bucket(createS3Client(options), options.bucket, options.prefix, options);
  return new S3Store(bucket, options.partsInFlight ?? PARTS_IN_FLIGHT);
}

class S3Store implements VersionedStore, RuledStore {
  readonly url: string;
  readonly versions: S3Versions;
  readonly rules: S3Rules;
  /** For object-deletion.ts: this class itself never deletes. */
  readonly bucket: S3Bucket;
  readonly #bucket: S3Bucket;
  readonly #partsInFlight: number;
  readonly #spareParts = new SpareBuffers(MOST_SPARE_PARTS);

  constructor(bucket: S3Bucket, partsInFlight: number) {
    this.bucket = bucket;
    this.#bucket = bucket;
    this.#partsInFlight = partsInFlight;
    this.url = bucket.url;
    this.versions = new S3Versions(bucket);
    this.rules = new S3Rules(bucket);
  }

  get clockAheadMs(): number | undefined {
    return this.#bucket.clock.aheadMs;
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    this.#bucket.checkKey(key);
    await putWhole(this.#bucket, key, body, options);
  }

  async upload(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
  ): Promise<{ sizeBytes: number }> {
    this.#bucket.checkKey(key);
    return uploadStream(this.#bucket, key, body, {
      ...options,
      partsInFlight: this.#partsInFlight,
      spareParts: this.#spareParts,
    });
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    yield* download(this.#bucket, key, options.signal);
  }

  async head(key: string, options: GetOptions = {}): Promise<ObjectSummary | undefined> {
    this.#bucket.checkKey(key);
    const found = await this.#headObject(key, options.signal);
    if (!found) return undefined;
    const { ContentLength: sizeBytes, LastModified: lastModified, ReplicationStatus: status } = found;
    if (sizeBytes === undefined || lastModified === undefined) {
      throw this.#bucket.malformedAnswer({ action: 'read', key }, 'its length or its date');
    }
    // Amazon S3 User Guide, "Getting replication status information".
    return { key, sizeBytes, lastModified, ...(status === 'REPLICA' && { isReplica: true }) };
  }

  async list(prefix: string, options: GetOptions = {}): Promise<Listing> {
    checkPrefix(prefix);
    const objects: ObjectSummary[] = [];
    const prefixes: string[] = [];
    const whole = `${this.#bucket.prefix}${prefix}`;
    for await (const page of this.#pages(whole, prefix, options.signal)) {
      const decode = decoderOf(page);
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const key = decode(Key ?? '').slice(this.#bucket.prefix.length);
        // S3's console creates an object with the name of the folder itself.
        if (key === prefix) continue;
        objects.push({ key, sizeBytes: Size ?? 0, lastModified: LastModified ?? new Date(0) });
      }
      for (const { Prefix } of page.CommonPrefixes ?? []) {
        prefixes.push(decode(Prefix ?? '').slice(this.#bucket.prefix.length));
      }
    }
    objects.sort((left, right) => compareKeys(left.key, right.key));
    return { objects, prefixes: prefixes.sort(compareKeys) };
  }

  async close(): Promise<void> {
    this.#bucket.client.destroy();
  }

  async #headObject(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<HeadObjectCommandOutput | undefined> {
    try {
      return await this.#bucket.call({ action: 'read', key, signal }, (sendOptions) =>
        this.#bucket.client.send(new HeadObjectCommand(this.#bucket.address(key)), sendOptions),
      );
    } catch (error) {
      if (error instanceof S3Failure && error.status === 404) return undefined;
      throw error;
    }
  }

  async *#pages(
    whole: string,
    prefix: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ListObjectsV2CommandOutput> {
    const call: S3Call = { action: 'list', key: prefix === '' ? undefined : prefix, signal };
    for (let token: string | undefined; ; ) {
      const page: ListObjectsV2CommandOutput = await this.#bucket.call(call, (sendOptions) =>
        this.#bucket.client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket.name,
            Prefix: whole,
            Delimiter: '/',
            // XML cannot represent every character of a key.
            EncodingType: 'url',
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          sendOptions,
        ),
      );
      // An answer without content must not be read as an empty vault.
      if (page.IsTruncated === undefined) throw this.#bucket.malformedAnswer(call, 'IsTruncated');
      yield page;
      token = page.NextContinuationToken;
      if (page.IsTruncated && !token) throw this.#bucket.malformedAnswer(call, 'the token of the next page');
      if (!page.IsTruncated) return;
    }
  }
}
