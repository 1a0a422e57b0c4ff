import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { LifeboatError } from '../ground/errors.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Failure } from './s3-failure.ts';
import { MOST_PARTS } from './s3-part-size.ts';

/** How long aborting an upload may take; a lifecycle rule removes uploads that remain. */
const ABORT_TIMEOUT_MS = 10_000;
/** The user metadata that identifies the upload which made an object. */
const UPLOAD_MARK = 'lifeboat-upload';

/** One multipart upload. The caller that begins it must complete or abort it. */
export class MultipartUpload {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #uploadId: string;
  readonly #mark: string;
  readonly #parts: CompletedPart[] = [];
  #sizeBytes = 0;

  private constructor(bucket: S3Bucket, key: string, uploadId: string, mark: string) {
    this.#bucket = bucket;
    this.#key = key;
    this.#uploadId = uploadId;
    this.#mark = mark;
  }

  /** Resolves even if `signal` aborts meanwhile: an upload cannot be aborted before its id is known. */
  static async begin(bucket: S3Bucket, key: string, signal: AbortSignal): Promise<MultipartUpload> {
    signal.throwIfAborted();
    const mark = randomUUID();
    const patience = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const hurry = () => {
      timer = setTimeout(() => patience.abort(signal.reason), ABORT_TIMEOUT_MS);
    };
    signal.addEventListener('abort', hurry, { once: true });
    try {
      const checksum = await bucket.client.config.requestChecksumCalculation();
      const created = await bucket.call({ action: 'write', key, signal: patience.signal }, (options) =>
        bucket.client.send(
          new CreateMultipartUploadCommand({
            ...bucket.address(key),
            ...bucket.encryption,
            ContentType: 'application/octet-stream',
            Metadata: { [UPLOAD_MARK]: mark },
            // The parts carry the checksum that the SDK calculates by default. S3 refuses a checksum that was
            // not announced.
            ...(checksum === 'WHEN_SUPPORTED' ? { ChecksumAlgorithm: 'CRC32' } : {}),
          }),
          options,
        ),
      );
      if (!created.UploadId) throw bucket.malformedAnswer({ action: 'write', key }, 'an upload id');
      return new MultipartUpload(bucket, key, created.UploadId, mark);
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
    const sent = await this.#bucket.call({ action: 'write', key: this.#key, signal }, (options) =>
      this.#bucket.client.send(
        new UploadPartCommand({ ...this.#address(), PartNumber: part.PartNumber, Body: bytes }),
        options,
      ),
    );
    if (!sent.ETag) throw this.#bucket.malformedAnswer({ action: 'write', key: this.#key }, 'an ETag');
    part.ETag = sent.ETag;
    if (sent.ChecksumCRC32) part.ChecksumCRC32 = sent.ChecksumCRC32;
  }

  async complete(signal: AbortSignal): Promise<void> {
    try {
      const completed = await this.#bucket.call({ action: 'write', key: this.#key, signal }, (options) =>
        this.#bucket.client.send(
          new CompleteMultipartUploadCommand({
            ...this.#address(),
            MultipartUpload: { Parts: this.#parts },
            MpuObjectSize: this.#sizeBytes,
          }),
          options,
        ),
      );
      // S3 answers 200 before it is done, and an error may follow in the body; the SDK recognises most of
      // them. Ceph 16 answers with an empty ETag. An answer without any ETag is not a success.
      if (completed.ETag === undefined)
        throw this.#bucket.malformedAnswer({ action: 'write', key: this.#key }, 'an ETag');
    } catch (error) {
      if (!(await this.#wasCompletedBefore(error, signal))) throw error;
    }
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
   * Whether an earlier try completed the upload. If its answer got lost, the SDK asks again, and some servers
   * no longer know the upload.
   */
  async #wasCompletedBefore(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (!(error instanceof S3Failure) || error.reason !== 'NoSuchUpload' || error.attempts === 1)
      return false;
    try {
      const found = await this.#bucket.call({ action: 'read', key: this.#key, signal }, (options) =>
        this.#bucket.client.send(new HeadObjectCommand(this.#bucket.address(this.#key)), options),
      );
      return found.Metadata?.[UPLOAD_MARK] === this.#mark && found.ContentLength === this.#sizeBytes;
    } catch {
      return false;
    }
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
