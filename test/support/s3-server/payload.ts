import { createHash } from 'node:crypto';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  checksumOfHeader,
  type RunningChecksum,
  startChecksum,
} from './checksum.ts';
import { decodeChunkedBody } from './chunked-body.ts';
import { header, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';
import type { SignedRequest } from './signature.ts';

/** A request's body without its framing. What the client said of it is checked at its end, before `bytes` returns. */
export interface Payload {
  readonly bytes: AsyncIterable<Buffer>;
  /** Known once `bytes` has ended. */
  md5(): Buffer;
  /** The checksum the client sent, if it sent one. */
  checksum(): Checksum | undefined;
}

export function openPayload(request: S3Request, signed: SignedRequest): Payload {
  const checks = new PayloadChecks(request, signed);
  return { bytes: checks.bytes(), md5: () => checks.md5.copy().digest(), checksum: () => checks.checksum };
}

const texts = new WeakMap<S3Request, Promise<string>>();

/** The whole body as text; for XML documents. May be asked for again. */
export function readText(request: S3Request, signed: SignedRequest): Promise<string> {
  const text = texts.get(request) ?? textOfBody(request, signed);
  texts.set(request, text);
  return text;
}

async function textOfBody(request: S3Request, signed: SignedRequest): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of openPayload(request, signed).bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

class PayloadChecks {
  readonly md5 = createHash('md5');
  checksum: Checksum | undefined;
  readonly #request: S3Request;
  readonly #signed: SignedRequest;

  constructor(request: S3Request, signed: SignedRequest) {
    this.#request = request;
    this.#signed = signed;
  }

  async *bytes(): AsyncGenerator<Buffer> {
    const promisedBytes = this.#promisedLength();
    const streaming = this.#signed.payload.startsWith('STREAMING-');
    const chunked = streaming ? decodeChunkedBody(this.#request.message, this.#signed) : undefined;
    const hash = /^[0-9a-f]{64}$/.test(this.#signed.payload) ? createHash('sha256') : undefined;
    const algorithm = this.#announcedChecksum();
    const running: RunningChecksum | undefined = algorithm && startChecksum(algorithm);
    let sizeBytes = 0;
    for await (const piece of chunked?.bytes ?? (this.#request.message as AsyncIterable<Buffer>)) {
      sizeBytes += piece.length;
      this.md5.update(piece);
      hash?.update(piece);
      running?.update(piece);
      yield piece;
    }
    if (sizeBytes !== promisedBytes) {
      throw new S3Error(
        'IncompleteBody',
        'You did not provide the number of bytes specified by the Content-Length HTTP header',
      );
    }
    if (hash && hash.digest('hex') !== this.#signed.payload) {
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    this.#checkMd5();
    if (algorithm && running) this.#checkChecksum(algorithm, running.digest(), chunked?.trailers);
  }

  #promisedLength(): number {
    const text =
      header(this.#request, 'x-amz-decoded-content-length') ?? header(this.#request, 'content-length');
    if (text === undefined)
      throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
    return Number(text);
  }

  /** From a header, or from the list of trailers to come. */
  #announcedChecksum(): ChecksumAlgorithm | undefined {
    const names = Object.keys(this.#request.headers);
    const trailers = (header(this.#request, 'x-amz-trailer') ?? '').split(',').map((name) => name.trim());
    for (const name of [...names, ...trailers]) {
      const algorithm = name.startsWith('x-amz-checksum-') ? checksumOfHeader(name) : undefined;
      if (algorithm) return algorithm;
    }
    return undefined;
  }

  #checkMd5(): void {
    const claimed = header(this.#request, 'content-md5');
    if (claimed !== undefined && claimed !== this.md5.copy().digest('base64')) {
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
  }

  #checkChecksum(
    algorithm: ChecksumAlgorithm,
    computed: string,
    trailers?: ReadonlyMap<string, string>,
  ): void {
    const name = checksumHeader(algorithm);
    const claimed = header(this.#request, name) ?? trailers?.get(name);
    if (claimed !== computed) {
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
    this.checksum = { algorithm, value: computed, type: 'FULL_OBJECT' };
  }
}
