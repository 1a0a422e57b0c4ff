import type { Identities } from '../age/identities.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Retention } from './retention.ts';

/** One object as a listing shows it. */
export interface ObjectSummary {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModified: Date;
  /** Whether S3 replicated it from another bucket. Only `head` tells. @default false */
  readonly isReplica?: boolean;
}

/** One level of a listing: the objects right below a prefix, and the prefixes ("folders") below it. */
export interface Listing {
  readonly objects: readonly ObjectSummary[];
  /** Each ends with `/`, and starts with the prefix that was listed. */
  readonly prefixes: readonly string[];
}

export interface WriteOptions {
  /**
   * No other run writes into the folder of this key. So if the storage says, when a request is repeated, that
   * an object is in the way, that object is this writer's own, even if it may not look. Nor does anybody read it
   * before another object names it, which is written without this option: a directory makes the name of the first
   * durable before it writes the second.
   * @default false
   */
  readonly soleWriter?: boolean;
  /** Nobody may delete the object before then. Throws `vault-no-object-lock` where the storage has no locks. */
  readonly lock?: Retention;
  readonly signal?: AbortSignal;
}

export interface PutOptions extends WriteOptions {
  /**
   * False writes over an object that is there. Nothing in a vault is: only results of health are, beside it.
   * @default true
   */
  readonly ifAbsent?: boolean;
  readonly contentType?: string;
}

export interface GetOptions {
  readonly signal?: AbortSignal;
}

/**
 * A vault's storage, which maps keys to bytes. Keys are `/`-separated, relative to the vault's own prefix,
 * and never start with `/`. A store never deletes anything: that is a
 * capability of its own (object-deletion.ts), which only `lifeboat prune` has.
 *
 * An object exists whole or not at all: a failed or abandoned write leaves nothing that `get`, `head` or
 * `list` sees. And it is written once: a write throws {@link ObjectExistsError} if the key already holds an object.
 * That is atomic: of two writers only one succeeds.
 */
export interface ObjectStore {
  /** `s3://bucket/prefix` or `file:///path`, as a person would type it; holds no credentials. */
  readonly url: string;

  /** Writes a small object from memory, unless the key holds one. */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<void>;

  /**
   * Writes an object of any size from a stream, holding a bounded number of bytes, unless the key holds one when
   * the body has ended. Completes only after
   * `body` has ended by itself; if `body` throws or `signal` aborts, the upload is abandoned and the reason
   * rethrown.
   */
  upload(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<{ sizeBytes: number }>;

  /**
   * Streams an object. Throws {@link ObjectMissingError}, and {@link ObjectTruncatedError} if the body is too
   * short.
   */
  get(key: string, options?: GetOptions): AsyncIterable<Uint8Array>;

  /** Undefined when there is no such object. */
  head(key: string, options?: GetOptions): Promise<ObjectSummary | undefined>;

  /** Lists everything one level below `prefix` (`''` or ending with `/`), in key order. */
  list(prefix: string, options?: GetOptions): Promise<Listing>;

  /**
   * How far this machine's clock is ahead of the storage's, in milliseconds, according to the storage's last
   * answer. Undefined before the first answer, and for a storage that uses this machine's clock.
   */
  readonly clockAheadMs?: number | undefined;

  /**
   * The secret keys of the person or function that opened the vault: they open objects that were encrypted to
   * recipients. with-identities.ts adds them; a store itself does not use them.
   */
  readonly identities?: Identities | undefined;

  /** Frees connections. The store is not used afterwards. */
  close(): Promise<void>;
}

export class ObjectExistsError extends LifeboatError {
  readonly key: string;
  constructor(key: string, storeUrl: string) {
    super({
      code: 'object-exists',
      kind: 'vault',
      what: `${key} already exists in ${storeUrl}.`,
      meaning: 'It was not overwritten.',
    });
    this.name = 'ObjectExistsError';
    this.key = key;
  }
}

export class ObjectMissingError extends LifeboatError {
  readonly key: string;
  constructor(key: string, storeUrl: string) {
    super({
      code: 'object-missing',
      kind: 'vault',
      what: `${key} is not in ${storeUrl}.`,
    });
    this.name = 'ObjectMissingError';
    this.key = key;
  }
}

/**
 * The storage delivered less of an object than it had announced, even after several requests for the rest.
 */
export class ObjectTruncatedError extends LifeboatError {
  readonly key: string;
  constructor(key: string, storeUrl: string, receivedBytes: number, promisedBytes: number | undefined) {
    super({
      code: 'object-truncated',
      kind: 'vault',
      what: `${key} in ${storeUrl} broke off after ${receivedBytes} of ${promisedBytes ?? 'an unknown number of'} bytes.`,
      meaning: 'Do not use the part that was read.',
      remedy: 'Try again; if it fails again, the storage has lost a part of the object.',
    });
    this.name = 'ObjectTruncatedError';
    this.key = key;
  }
}

/** Lifeboat writes no larger file that it reads whole: a manifest of 10,000 tables has 20 MB. */
export const MOST_WHOLE_BYTES = 256 * 1024 * 1024;

/**
 * Reads a whole object into memory. Use it for manifests, proofs and schema files, never for chunks. Throws
 * `object-too-large` beyond {@link MOST_WHOLE_BYTES}, so that somebody who can write into a vault cannot fill
 * the memory of its readers.
 */
export async function readObject(store: ObjectStore, key: string, options?: GetOptions): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of store.get(key, options)) {
    sizeBytes += piece.length;
    if (sizeBytes > MOST_WHOLE_BYTES) throw objectTooLarge(key, store.url);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The error for an object that is too large to be read whole. */
export function objectTooLarge(key: string, storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'object-too-large',
    kind: 'verification',
    what: `${key} in ${storeUrl} has more than ${MOST_WHOLE_BYTES / 1024 / 1024} MiB.`,
    meaning: 'Lifeboat does not write such large files: somebody else put it there, or it is damaged.',
    remedy: 'Use another backup; `lifeboat list` shows them.',
  });
}
