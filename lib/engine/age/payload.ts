import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { AgeFileError } from './age-file-error.ts';

/** Plaintext is cut into pieces of this size (C2SP age specification, "Payload"). */
const PIECE_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const CIPHER = 'chacha20-poly1305';
/** The bytes before the payload, which every file draws anew. */
export const PAYLOAD_NONCE_BYTES = 16;

/**
 * The payload of an age file: each piece of 64 KiB is sealed by itself, with its number and whether it is the
 * last one in the nonce, so that none can be left out, repeated or moved. node:crypto does it three to seven
 * times as fast as the library's JavaScript (docs/performance.md).
 */
class PayloadCipher {
  readonly #key: Uint8Array;
  /** Eleven bytes of a number, most significant first, and one that is 1 for the last piece. */
  readonly #nonce = Buffer.alloc(12);

  constructor(fileKey: Uint8Array, nonce: Uint8Array) {
    this.#key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
  }

  seal(piece: Uint8Array, isLast: boolean): Buffer {
    const cipher = createCipheriv(CIPHER, this.#key, this.#next(isLast), { authTagLength: TAG_BYTES });
    const sealed = cipher.update(piece);
    cipher.final();
    return Buffer.concat([sealed, cipher.getAuthTag()]);
  }

  /** Throws when the piece is not what was sealed at this place. */
  open(piece: Uint8Array, isLast: boolean): Buffer {
    if (piece.length < TAG_BYTES) throw new AgeFileError('is cut off within its encrypted content');
    const decipher = createDecipheriv(CIPHER, this.#key, this.#next(isLast), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(piece.subarray(-TAG_BYTES));
    const opened = decipher.update(piece.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw new AgeFileError('holds encrypted content that was changed, moved or cut off');
    }
    return opened;
  }

  #next(isLast: boolean): Buffer {
    const nonce = Buffer.from(this.#nonce);
    nonce[11] = isLast ? 1 : 0;
    // 2^32 pieces are 256 TiB: the counter's lower four bytes are enough.
    this.#nonce.writeUInt32BE(this.#nonce.readUInt32BE(7) + 1, 7);
    return nonce;
  }
}

/** Yields the payload of an age file. The pieces that it gets may be of any size. */
export async function* sealPayload(
  fileKey: Uint8Array,
  nonce: Uint8Array,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const cipher = new PayloadCipher(fileKey, nonce);
  for await (const { piece, isLast } of ofSize(PIECE_BYTES, pieces)) yield cipher.seal(piece, isLast);
}

/** The reverse of {@link sealPayload}. Yields nothing that is not authentic; throws at the first fault. */
export async function* openPayload(
  fileKey: Uint8Array,
  nonce: Uint8Array,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const cipher = new PayloadCipher(fileKey, nonce);
  let isFirst = true;
  for await (const { piece, isLast } of ofSize(PIECE_BYTES + TAG_BYTES, pieces)) {
    const opened = cipher.open(piece, isLast);
    // Only an empty file ends with an empty piece; anything else could be one that was cut.
    if (opened.length === 0 && !isFirst)
      throw new AgeFileError('holds encrypted content that ends with an empty piece');
    isFirst = false;
    yield opened;
  }
}

/** Cuts bytes into pieces of one size. The last one may be shorter; without any bytes it is empty. */
async function* ofSize(
  size: number,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ piece: Buffer; isLast: boolean }> {
  // Grows with the content: a backup has many small objects.
  let held = Buffer.allocUnsafe(Math.min(size, 1024));
  let used = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      // A full piece waits until more bytes show that it is not the last one.
      if (used === size) {
        yield { piece: held, isLast: false };
        used = 0;
      }
      const step = Math.min(size - used, piece.length - at);
      if (used + step > held.length) {
        const larger = Buffer.allocUnsafe(Math.min(size, 4 * (used + step)));
        larger.set(held.subarray(0, used));
        held = larger;
      }
      held.set(piece.subarray(at, at + step), used);
      used += step;
      at += step;
    }
  }
  yield { piece: held.subarray(0, used), isLast: true };
}
