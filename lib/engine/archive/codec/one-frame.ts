import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { ZstdFrame } from './zstd-frame.ts';

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
const { constants, zstdCompress, zstdCompressSync } = zlib;

/** Parameters of zstd (zstd manual, "Advanced compression API"). */
export type Parameters = Readonly<Record<number, number>>;

const WITH_CHECKSUM: Parameters = { [constants.ZSTD_c_checksumFlag]: 1 };
/** The frame of an empty input, with a checksum. */
const EMPTY_FRAME = zstdCompressSync(Buffer.alloc(0), { params: WITH_CHECKSUM });
/** Less takes a tenth of a millisecond, which is hardly more than it costs to have another thread do it. */
const LEAST_FOR_A_THREAD_BYTES = 64 * 1024;

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
  refuseSurplus(Buffer.concat(surplus));
}

function refuseSurplus(rest: Buffer): void {
  for (let at = 0; at < rest.length; at += EMPTY_FRAME.length) {
    if (!rest.subarray(at, at + EMPTY_FRAME.length).equals(EMPTY_FRAME)) {
      throw new Error('the compressor wrote something after the end of its frame');
    }
  }
}

/** Compresses bytes in memory into one frame with a checksum. */
export async function compressToOneFrame(bytes: Uint8Array, parameters: Parameters = {}): Promise<Buffer> {
  const options = { params: { ...parameters, ...WITH_CHECKSUM } };
  const compressed =
    bytes.length < LEAST_FOR_A_THREAD_BYTES
      ? zstdCompressSync(bytes, options)
      : await promisify(zstdCompress)(bytes, options);
  const frame = new ZstdFrame();
  const ownBytes = frame.take(compressed);
  frame.finish();
  refuseSurplus(compressed.subarray(ownBytes));
  return compressed.subarray(0, ownBytes);
}
