import { S3Error } from './s3-error.ts';
import { EMPTY_SHA256, hmac, type SignedRequest, sameText, sha256Hex } from './signature.ts';

const MOST_LINE_BYTES = 16 * 1024;
/** Only the last chunk may be smaller ("Signature calculations … multiple chunks", Amazon S3 API reference). */
const LEAST_CHUNK_BYTES = 8 * 1024;

export interface ChunkedBody {
  /** The bytes inside the framing. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Complete once `bytes` has ended. Names in lower case. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** Takes off the `aws-chunked` framing, checking each chunk's signature where the payload is of a signed kind. */
export function decodeChunkedBody(source: AsyncIterable<Buffer>, signed: SignedRequest): ChunkedBody {
  const trailers = new Map<string, string>();
  return { bytes: decode(new LineReader(source), signed, trailers), trailers };
}

async function* decode(reader: LineReader, signed: SignedRequest, trailers: Map<string, string>) {
  const chain = signed.payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
    ? new SignatureChain(signed)
    : undefined;
  let small = false;
  for (;;) {
    const { sizeBytes, signature } = parseChunkHeader(await reader.line());
    if (sizeBytes > 0 && small) {
      throw new S3Error(
        'InvalidChunkSizeError',
        'Only the last chunk is allowed to have a size less than 8192 bytes',
      );
    }
    small = sizeBytes < LEAST_CHUNK_BYTES;
    const chunk: Buffer[] = [];
    for await (const piece of reader.bytes(sizeBytes)) {
      if (chain) chunk.push(piece);
      else yield piece;
    }
    if (chain) {
      const whole = Buffer.concat(chunk);
      chain.checkChunk(whole, signature);
      if (whole.length > 0) yield whole;
    }
    if (sizeBytes === 0) break;
    if ((await reader.line()) !== '') throw incomplete();
  }
  const lines: string[] = [];
  for (let line = await reader.line(); line !== ''; line = await reader.line()) lines.push(line);
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1)
      throw new S3Error(
        'MalformedTrailerError',
        'The request contained trailing data that was not well-formed',
      );
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  if (chain && signed.payload.endsWith('-TRAILER')) chain.checkTrailers(trailers);
}

function parseChunkHeader(line: string): { sizeBytes: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (!match?.[1]) throw incomplete();
  return { sizeBytes: Number.parseInt(match[1], 16), signature: match[2] };
}

function incomplete(): S3Error {
  return new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
}

class SignatureChain {
  #previous: string;
  readonly #signed: SignedRequest;

  constructor(signed: SignedRequest) {
    this.#signed = signed;
    this.#previous = signed.signature;
  }

  checkChunk(chunk: Buffer, signature: string | undefined): void {
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_SHA256, sha256Hex(chunk)], signature);
  }

  checkTrailers(trailers: Map<string, string>): void {
    const signature = trailers.get('x-amz-trailer-signature');
    trailers.delete('x-amz-trailer-signature');
    const text = Array.from(trailers, ([name, value]) => `${name}:${value}\n`).join('');
    this.#check('AWS4-HMAC-SHA256-TRAILER', [sha256Hex(text)], signature);
  }

  #check(algorithm: string, hashes: readonly string[], signature: string | undefined): void {
    const { timestamp, scope, signingKey } = this.#signed;
    const stringToSign = [algorithm, timestamp, scope, this.#previous, ...hashes].join('\n');
    const expected = hmac(signingKey, stringToSign).toString('hex');
    if (signature === undefined || !sameText(expected, signature)) {
      throw new S3Error(
        'SignatureDoesNotMatch',
        'The chunk signature we calculated does not match the one you provided.',
      );
    }
    this.#previous = expected;
  }
}

/** Lines ended by CRLF and counted bytes, out of pieces cut anywhere. */
class LineReader {
  readonly #source: AsyncIterator<Buffer>;
  #held = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf('\r\n');
      if (end !== -1) {
        const line = this.#held.toString('latin1', 0, end);
        this.#held = this.#held.subarray(end + 2);
        return line;
      }
      if (this.#held.length > MOST_LINE_BYTES) throw incomplete();
      this.#held = Buffer.concat([this.#held, await this.#more()]);
    }
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.#held.length === 0) this.#held = await this.#more();
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async #more(): Promise<Buffer<ArrayBuffer>> {
    const next = await this.#source.next();
    if (next.done) throw incomplete();
    return Buffer.from(next.value);
  }
}
