/** The bytes 28 B5 2F FD, which the frame header's descriptor follows (RFC 8878, 3.1.1). */
const MAGIC = 0xfd2fb528;
const OPENING_BYTES = 5;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

type Part = 'opening' | 'frame header' | 'block header' | 'block' | 'checksum' | 'end';

/**
 * Follows a zstd frame from block to block without decompressing it, and throws unless the bytes are exactly
 * one frame. Node's own decompressor cannot check this: after the first frame it silently drops other bytes
 * in the same piece (nodejs/node#64741), so its result would depend on how the stream was cut.
 */
export class ZstdFrame {
  #part: Part = 'opening';
  /** Bytes of the current part that are still to come. */
  #missing = OPENING_BYTES;
  /** The bytes of the current part, if it is a header. */
  #header: number[] = [];
  #hasChecksum = false;
  #lastBlock = false;

  update(piece: Uint8Array): void {
    if (this.take(piece) < piece.length) throw new Error('bytes after the end of the zstd frame');
  }

  /** Follows the frame to its end, and returns how many bytes of the piece belong to it. */
  take(piece: Uint8Array): number {
    let at = 0;
    while (at < piece.length && !this.#ended()) {
      const step = Math.min(this.#missing, piece.length - at);
      if (this.#part === 'opening' || this.#part === 'block header') {
        this.#header.push(...piece.subarray(at, at + step));
      }
      at += step;
      this.#missing -= step;
      // A part may be empty: a raw block of no bytes.
      while (this.#missing === 0 && !this.#ended()) this.#next();
    }
    return at;
  }

  /** Throws when the frame has not ended. */
  finish(): void {
    if (!this.#ended()) throw new Error(`the zstd frame is cut within its ${this.#part}`);
  }

  #ended(): boolean {
    return this.#part === 'end';
  }

  #next(): void {
    const header = Buffer.from(this.#header);
    this.#header = [];
    switch (this.#part) {
      case 'opening':
        this.#begin('frame header', this.#readOpening(header));
        break;
      case 'block header':
        this.#begin('block', this.#readBlockHeader(header.readUIntLE(0, BLOCK_HEADER_BYTES)));
        break;
      case 'frame header':
        this.#begin('block header', BLOCK_HEADER_BYTES);
        break;
      case 'block':
        if (!this.#lastBlock) this.#begin('block header', BLOCK_HEADER_BYTES);
        else if (this.#hasChecksum) this.#begin('checksum', CHECKSUM_BYTES);
        else this.#begin('end', 0);
        break;
      default:
        this.#begin('end', 0);
    }
  }

  #begin(part: Part, length: number): void {
    this.#part = part;
    this.#missing = length;
  }

  /** The length of the frame header's remaining fields (RFC 8878, 3.1.1.1). */
  #readOpening(opening: Buffer): number {
    if (opening.readUInt32LE(0) !== MAGIC) throw new Error('not a zstd frame');
    const descriptor = opening.readUInt8(4);
    const singleSegment = (descriptor & 0x20) !== 0;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    const contentSizeFlag = descriptor >> 6;
    const contentSizeBytes = contentSizeFlag === 0 ? Number(singleSegment) : 1 << contentSizeFlag;
    return Number(!singleSegment) + (DICTIONARY_ID_BYTES[descriptor & 0x03] ?? 0) + contentSizeBytes;
  }

  /** The stored length of the block that follows (RFC 8878, 3.1.1.2). */
  #readBlockHeader(header: number): number {
    this.#lastBlock = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) throw new Error('a zstd block of a reserved type');
    return type === RLE_BLOCK ? 1 : header >> 3;
  }
}

/** Passes on the pieces, and throws unless they are exactly one frame. */
export async function* onlyOneFrame(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frame = new ZstdFrame();
  for await (const piece of pieces) {
    frame.update(piece);
    yield piece;
  }
  frame.finish();
}

/** Throws unless the bytes are exactly one frame. */
export function requireOneFrame(bytes: Uint8Array): void {
  const frame = new ZstdFrame();
  frame.update(bytes);
  frame.finish();
}
