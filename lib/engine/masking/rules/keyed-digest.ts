import { createHash, createHmac, hash } from 'node:crypto';

/** SHA-256 reads 64 bytes at a time (RFC 2104 calls it B). */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Longer values are worth an object of node:crypto. */
const LONGEST_BYTES = 8192;

/**
 * HMAC-SHA-256 of many short values. An object of node:crypto costs more than the digest of a short value, so it is made of two
 * hashes by one call each, as RFC 2104 defines it; and of strings, because a Buffer for each costs more than it does to write
 * one. (Measured, processor time of a value of 28 bytes: 7.2 µs with createHmac, 1.7 µs so.)
 */
export class KeyedDigest {
  readonly #key: string;
  readonly #inner = Buffer.alloc(BLOCK_BYTES + LONGEST_BYTES, 0x36);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c);
  readonly #bytes = Buffer.alloc(DIGEST_BYTES);
  /** The first bytes of the inner text, by their number: to make a view costs a tenth of a digest. */
  readonly #views: Buffer[] = [];

  constructor(key: string) {
    this.#key = key;
    let bytes: Buffer = Buffer.from(key, 'utf8');
    if (bytes.length > BLOCK_BYTES) bytes = createHash('sha256').update(bytes).digest();
    for (const [at, byte] of bytes.entries()) {
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
  }

  hex(value: string): string {
    // A character of UTF-16 has at most three bytes in UTF-8.
    if (value.length * 3 > LONGEST_BYTES)
      return createHmac('sha256', this.#key).update(value, 'utf8').digest('hex');
    const end = BLOCK_BYTES + this.#inner.write(value, BLOCK_BYTES, 'utf8');
    const inner = this.#views[end] ?? this.#inner.subarray(0, end);
    this.#views[end] = inner;
    this.#outer.write(hash('sha256', inner, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', this.#outer, 'hex');
  }

  /** A view that is valid until the next call. */
  bytes(value: string): Buffer {
    this.#bytes.write(this.hex(value), 'hex');
    return this.#bytes;
  }
}
