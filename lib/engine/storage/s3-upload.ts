import type { SpareBuffers } from '../ground/spare-buffers.ts';
import type { WriteOptions } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { MultipartUpload } from './s3-multipart.ts';
import { FIRST_PART_BYTES, partSizeAfter } from './s3-part-size.ts';
import { cutIntoParts } from './s3-parts.ts';
import { putWhole } from './s3-put.ts';
import { untilAborted } from './until-aborted.ts';

export interface UploadOptions extends WriteOptions {
  /** Parts of the first size that may be in flight at once; one more is being filled. */
  readonly partsInFlight: number;
  /** Shared by all uploads of a store. */
  readonly spareParts: SpareBuffers;
}

/**
 * Uploads a stream of unknown length: with PutObject if it fits into one part, otherwise in parts. Completes
 * only after `body` ended by itself. After any failure it aborts the upload, waits for that, and throws the
 * failure unchanged.
 */
export async function uploadStream(
  bucket: S3Bucket,
  key: string,
  body: AsyncIterable<Uint8Array>,
  options: UploadOptions,
): Promise<{ sizeBytes: number }> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const parts = new PartsInFlight(options.partsInFlight * FIRST_PART_BYTES, (reason) => stop.abort(reason));
  let upload: MultipartUpload | undefined;
  let sizeBytes = 0;
  try {
    for await (const { bytes, isLast, release } of cutIntoParts(
      untilAborted(body, stop.signal),
      partSizeAfter,
      options.spareParts,
    )) {
      sizeBytes += bytes.length;
      if (isLast && upload === undefined) {
        await putWhole(bucket, key, bytes, { ...options, signal: stop.signal });
        release();
        return { sizeBytes };
      }
      upload ??= await MultipartUpload.begin(bucket, key, { ...options, signal: stop.signal });
      await parts.room(bytes.length);
      stop.signal.throwIfAborted();
      parts.add(bytes.length, upload.sendPart(bytes, stop.signal).then(release));
    }
    await parts.settled();
    stop.signal.throwIfAborted();
    await upload?.complete(stop.signal);
    return { sizeBytes };
  } catch (error) {
    stop.abort(error);
    await parts.settled();
    await upload?.abort();
    throw stop.signal.reason;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** Counts the bytes in flight, so that memory stays bounded even when parts have grown. */
class PartsInFlight {
  readonly #mostBytes: number;
  readonly #onFailure: (reason: unknown) => void;
  readonly #sending = new Set<Promise<void>>();
  #bytes = 0;

  constructor(mostBytes: number, onFailure: (reason: unknown) => void) {
    this.#mostBytes = mostBytes;
    this.#onFailure = onFailure;
  }

  /** Waits until `sizeBytes` more may be sent. If nothing is in flight, they always may. */
  async room(sizeBytes: number): Promise<void> {
    while (this.#sending.size > 0 && this.#bytes + sizeBytes > this.#mostBytes)
      await Promise.race(this.#sending);
  }

  add(sizeBytes: number, sending: Promise<void>): void {
    this.#bytes += sizeBytes;
    const done = sending.catch(this.#onFailure).finally(() => {
      this.#bytes -= sizeBytes;
      this.#sending.delete(done);
    });
    this.#sending.add(done);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#sending);
  }
}
