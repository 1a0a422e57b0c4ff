import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { LifeboatError } from '../ground/errors.ts';
import { ObjectExistsError, type WriteOptions } from './object-store.ts';
import { backoffMs, pause } from './pause.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Failure } from './s3-failure.ts';
import { lockParameters } from './s3-lock.ts';
import { isKnownOwnWrite, isOwnWrite, markOf } from './s3-own-write.ts';
import { MOST_PARTS } from './s3-part-size.ts';
import { digestOf } from './s3-put.ts';
import { isTaken } from './s3-taken.ts';

/** How long aborting an upload may take; a lifecycle rule removes uploads that remain. */
const ABORT_TIMEOUT_MS = 10_000;
/**
 * How often to ask again while S3 answers 409. See {@link MultipartUpload.complete}. With the pauses in between that
 * is about half a minute.
 */
const MOST_CONFLICTS = 20;

interface BeginOptions extends WriteOptions {
  readonly signal: AbortSignal;
}

/** By what an upload knows its own object again. */
interface Own {
  readonly mark: string;
  readonly soleWriter: boolean;
}

/** One multipart upload. The caller that begins it must complete or abort it. */
export class MultipartUpload {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #uploadId: string;
  readonly #own: Own;
  readonly #parts: CompletedPart[] = [];
  #sizeBytes = 0;

  private constructor(bucket: S3Bucket, key: string, uploadId: string, own: Own) {
    this.#bucket = bucket;
    this.#key = key;
    this.#uploadId = uploadId;
    this.#own = own;
  }

  /** Resolves even if `signal` aborts meanwhile: an upload cannot be aborted before its id is known. */
  static async begin(bucket: S3Bucket, key: string, options: BeginOptions): Promise<MultipartUpload> {
    const { signal, lock } = options;
    signal.throwIfAborted();
    const mark = randomUUID();
    const patience = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const hurry = () => {
      timer = setTimeout(() => patience.abort(signal.reason), ABORT_TIMEOUT_MS);
    };
    signal.addEventListener('abort', hurry, { once: true });
    try {
      const action = lock === undefined ? 'write' : 'write-locked';
      const checksum = await bucket.client.config.requestChecksumCalculation();
      const created = await bucket.call({ action, key, signal: patience.signal }, (sendOptions) =>
        bucket.client.send(
          new CreateMultipartUploadCommand({
            ...bucket.address(key),
            ...bucket.encryption,
            ContentType: 'application/octet-stream',
            Metadata: markOf(mark),
            ...lockParameters(lock),
            // The parts carry the checksum that the SDK calculates by default. S3 refuses a checksum that was
            // not announced.
            ...(checksum === 'WHEN_SUPPORTED' ? { ChecksumAlgorithm: 'CRC32' } : {}),
          }),
          sendOptions,
        ),
      );
      if (!created.UploadId) throw bucket.malformedAnswer({ action: 'write', key }, 'an upload id');
      return new MultipartUpload(bucket, key, created.UploadId, {
        mark,
        soleWriter: options.soleWriter ?? false,
      });
    } finally {
      signal.removeEventListener('abort', hurry);
      clearTimeout(timer);
    }
  }

  /** Sends one part. Parts may be sent in parallel; they are numbered in the order of the calls. */
  async sendPart(bytes: Buffer, signal: AbortSignal): Promise<void> {
    const part: CompletedPart = { PartNumber: this.#parts.length + 1 };
    if (this.#parts.push(part) > MOST_PARTS) throw tooLarge(this.#bucket, this.#key);
    this.#sizeBytes += bytes.length;
    const digest = await digestOf(this.#bucket, bytes);
    const sent = await this.#bucket.call({ action: 'write', key: this.#key, signal }, (options) =>
      this.#bucket.client.send(
        new UploadPartCommand({ ...this.#address(), PartNumber: part.PartNumber, Body: bytes, ...digest }),
        options,
      ),
    );
    if (!sent.ETag) throw this.#bucket.malformedAnswer({ action: 'write', key: this.#key }, 'an ETag');
    part.ETag = sent.ETag;
    if (sent.ChecksumCRC32) part.ChecksumCRC32 = sent.ChecksumCRC32;
  }

  /**
   * Makes the object, unless the key holds one already. Then throws {@link ObjectExistsError}.
   *
   * S3 answers 409 if a conflicting operation on the key runs at the same time, and asks for a new upload of all
   * parts (Amazon S3 API reference, "CompleteMultipartUpload"). The parts cannot be made again, for they were rows
   * of a stream. In the folder of an attempt nobody else writes, so the conflicting operation is an earlier try of
   * this same request whose answer got lost. To ask again is harmless: S3 makes the object from the upload that it
   * still has, says that the object is there, or no longer knows the upload.
   */
  async complete(signal: AbortSignal): Promise<void> {
    let maybeMine = false;
    for (let tryNumber = 1; ; tryNumber++) {
      try {
        return await this.#completeOnce(signal);
      } catch (error) {
        if (!(error instanceof S3Failure)) throw error;
        maybeMine ||= error.attempts > 1;
        if (maybeMine && (await this.#isDone(error, signal))) return;
        if (error.status === 412) throw new ObjectExistsError(this.#key, this.#bucket.url);
        if (error.status !== 409 || tryNumber === MOST_CONFLICTS) throw error;
        await pause(backoffMs(tryNumber, 100, 3_000), signal);
      }
    }
  }

  async #completeOnce(signal: AbortSignal): Promise<void> {
    const completed = await this.#bucket.call({ action: 'write', key: this.#key, signal }, (options) =>
      this.#bucket.client.send(
        new CompleteMultipartUploadCommand({
          ...this.#address(),
          MultipartUpload: { Parts: this.#parts },
          MpuObjectSize: this.#sizeBytes,
          IfNoneMatch: '*',
        }),
        options,
      ),
    );
    // S3 answers 200 before it is done, and an error may follow in the body; the SDK recognises most of
    // them. Ceph 16 answers with an empty ETag. An answer without any ETag is not a success.
    if (completed.ETag === undefined)
      throw this.#bucket.malformedAnswer({ action: 'write', key: this.#key }, 'an ETag');
  }

  /** Aborts the upload. Never throws: it runs after another failure, and that failure must be reported. */
  async abort(): Promise<void> {
    const signal = AbortSignal.timeout(ABORT_TIMEOUT_MS);
    try {
      await this.#bucket.call({ action: 'abort', key: this.#key, signal }, (options) =>
        this.#bucket.client.send(new AbortMultipartUploadCommand(this.#address()), options),
      );
    } catch {
      // The bucket's rule for incomplete uploads removes them.
    }
  }

  /**
   * Whether an earlier try completed the upload. If its answer got lost, the SDK asks again. Then the object is in
   * its own way (412), or the server no longer knows the upload. The second says nothing about the object, so it must
   * be seen.
   */
  async #isDone({ status, reason }: S3Failure, signal: AbortSignal): Promise<boolean> {
    const written = { key: this.#key, mark: this.#own.mark, sizeBytes: this.#sizeBytes };
    if (status === 412)
      return isOwnWrite(this.#bucket, written, { soleWriter: this.#own.soleWriter, signal });
    if (reason !== 'NoSuchUpload') return false;
    const known = await isKnownOwnWrite(this.#bucket, written, signal);
    return known ?? (this.#own.soleWriter && (await isTaken(this.#bucket, this.#key, signal)));
  }

  #address() {
    return { ...this.#bucket.address(this.#key), UploadId: this.#uploadId };
  }
}

function tooLarge(bucket: S3Bucket, key: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-object-too-large',
    kind: 'vault',
    what: `${key} in ${bucket.url} would become larger than the 5 TiB that S3 allows one object.`,
    remedy: 'Cut the table into page ranges.',
  });
}
