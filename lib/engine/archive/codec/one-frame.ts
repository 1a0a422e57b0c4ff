import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { ZstdFrame } from './zstd-frame.ts';

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
const { constants, zstdCompress, zstdCompressSync } = zlib;

const WITH_CHECKSUM = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
/** The frame of an empty input, with a checksum. */
const EMPTY_FRAME = zstdCompressSync(Buffer.alloc(0), WITH_CHECKSUM);

/**
 * Passes on the frame of node:zlib's compressor, without the empty frame that it sometimes appends: when its
 * input ends while a piece still waits, or when the output ends exactly with its buffer (nodejs/node#66078).
 * A chunk of an archive is one frame. Throws if anything else follows the first frame.
 */
export async function* oneFrame(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frame = new ZstdFrame();
  const surplus: Uint8Array[] = [];
  for await (const piece of compressed) {
    const ownBytes = frame.take(piece);
    if (ownBytes > 0) yield ownBytes === piece.length ? piece : piece.subarray(0, ownBytes);
    if (ownBytes < piece.length) surplus.push(piece.subarray(ownBytes));
  }
  frame.finish();
  const rest = Buffer.concat(surplus);
  for (let at = 0; at < rest.length; at += EMPTY_FRAME.length) {
    if (!rest.subarray(at, at + EMPTY_FRAME.length).equals(EMPTY_FRAME)) {
      throw new Error('the compressor wrote something after the end of its frame');
    }
  }
}

/** Compresses bytes in memory into one frame. */
export async function compressToOneFrame(bytes: Uint8Array): Promise<Buffer> {
  const compressed = await promisify(zstdCompress)(bytes, WITH_CHECKSUM);
  async function* whole() {
    yield compressed;
  }
  return Buffer.concat(await Array.fromAsync(oneFrame(whole())));
}
