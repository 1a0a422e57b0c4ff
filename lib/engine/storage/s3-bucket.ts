import type { S3Client } from '@aws-sdk/client-s3';
import { LifeboatError } from '../ground/errors.ts';
import { checkKey, keyInvalid, MOST_KEY_BYTES } from './object-key.ts';
import { type ServerClock, watchServerClock } from './s3-clock.ts';
import { S3_ACTIONS, type S3Action } from './s3-explanation.ts';
import { S3Failure } from './s3-failure.ts';
import { targetRemedy } from './target-remedy.ts';

/** Parameters of server-side encryption, sent with every request that creates an object. */
export type EncryptionParameters =
  | Record<string, never>
  | {
      readonly ServerSideEncryption: 'aws:kms';
      readonly SSEKMSKeyId: string;
      readonly BucketKeyEnabled: true;
    };

export interface S3Call {
  readonly action: S3Action;
  /** Relative to the vault; undefined for a request about the whole bucket. */
  readonly key: string | undefined;
  readonly signal: AbortSignal | undefined;
}

const ANSWERS =
  'Check AWS_ENDPOINT_URL: the server there is not an S3 server, or a proxy changes its answers.';

export interface BucketOptions {
  readonly kmsKeyId?: string | undefined;
  /** Errors then name the options of `copy` in the place of variables. @default false */
  readonly isCopyTarget?: boolean | undefined;
}

/** The part of a bucket that holds a vault, and the client that reaches it. */
export class S3Bucket {
  readonly client: S3Client;
  readonly name: string;
  /** `''`, or ending with `/`. */
  readonly prefix: string;
  /** `s3://bucket/prefix` */
  readonly url: string;
  readonly encryption: EncryptionParameters;
  readonly clock: ServerClock;
  readonly #isCopyTarget: boolean;

  constructor(
    client: S3Client,
    name: string,
    prefix: string,
    { kmsKeyId, isCopyTarget = false }: BucketOptions,
  ) {
    this.#isCopyTarget = isCopyTarget;
    this.client = client;
    this.clock = watchServerClock(client);
    this.name = name;
    this.prefix = prefix === '' ? '' : `${prefix}/`;
    this.url = `s3://${name}${prefix === '' ? '' : `/${prefix}`}`;
    this.encryption =
      kmsKeyId === undefined
        ? {}
        : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: true };
  }

  address(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.name, Key: `${this.prefix}${key}` };
  }

  /** Throws `object-key-invalid` unless S3 can hold the key behind the vault's prefix. */
  checkKey(key: string): void {
    checkKey(key);
    if (Buffer.byteLength(this.prefix + key) > MOST_KEY_BYTES) {
      throw keyInvalid(key, "with the vault's prefix it is too long");
    }
  }

  /** Sends a request. Throws the signal's reason if it aborts, otherwise {@link S3Failure}. */
  async call<T>(call: S3Call, send: (options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    const { action, key, signal } = call;
    signal?.throwIfAborted();
    try {
      return await send(signal ? { abortSignal: signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw new S3Failure(error, { action, key, storeUrl: this.url, isCopyTarget: this.#isCopyTarget });
    }
  }

  /**
   * The error for a success that lacks a field which every S3 server sends. A proxy or a captive portal may
   * have answered.
   */
  malformedAnswer({ action, key }: Omit<S3Call, 'signal'>, lacking: string): LifeboatError {
    return new LifeboatError({
      code: 'vault-answer-malformed',
      kind: 'vault',
      what: `${S3_ACTIONS[action].verb} ${key ?? 'the vault'} in ${this.url} failed: the answer lacks ${lacking}.`,
      meaning: 'The status says success, but Lifeboat treats it as a failure.',
      remedy: this.#isCopyTarget ? targetRemedy(ANSWERS) : ANSWERS,
    });
  }
}
