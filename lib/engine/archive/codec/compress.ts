import { addAbortSignal } from 'node:stream';
import { promisify } from 'node:util';
import zlib, { type ZstdCompress } from 'node:zlib';
import { compressToOneFrame, type Parameters } from './one-frame.ts';

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
const { constants, createZstdCompress, zstdCompress } = zlib;

export interface CompressOptions {
  /** zstd level, 1 to 19. @default one of {@link WAYS}: the one that compresses the beginning better */
  readonly level?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Two ways to compress. The first is for prose, and for text that is too short to compare. Most tables
 * consist of numbers, timestamps, identifiers and JSON of the same form: the second makes them smaller by up
 * to a third, in half the time. Such text has no repetitions over long distances, so a window of 256 KiB
 * instead of 512 is enough: it saves a tenth of zstd's time and costs no bytes (measured).
 */
const WAYS: readonly [usual: Parameters, other: Parameters] = [
  { [constants.ZSTD_c_compressionLevel]: 3 },
  { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 18 },
];

/**
 * The size of a sample. In all trials, the better way for a sample of this size was the better way for the
 * whole.
 */
export const SAMPLE_BYTES = 512 * 1024;
const LEAST_TO_TELL_BYTES = 64 * 1024;
/** The largest piece of output. Node's default of 16 KiB would wake another thread for each piece. */
const OUTPUT_BYTES = 64 * 1024;

/**
 * A stage of a pipeline that compresses its input into one frame with a checksum. When it asks for a piece,
 * it no longer needs the one before, whose memory may then be reused.
 */
export function compress({ level, signal }: CompressOptions) {
  return async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    const source = pieces[Symbol.asyncIterator]();
    const sample = level === undefined ? await gather(source) : Buffer.alloc(0);
    const compressor = createZstdCompress({
      chunkSize: OUTPUT_BYTES,
      params: {
        ...(level === undefined
          ? await parametersFor(sample)
          : { [constants.ZSTD_c_compressionLevel]: level }),
        [constants.ZSTD_c_checksumFlag]: 1,
      },
    });
    addAbortSignal(signal, compressor);
    const feeding = feed(compressor, sample, source).catch((error: Error) => {
      // The reader below gets the error.
      compressor.destroy(error);
    });
    try {
      yield* compressor as AsyncIterable<Buffer>;
      await feeding;
    } finally {
      compressor.destroy();
    }
  };
}

async function feed(
  compressor: ZstdCompress,
  sample: Buffer,
  source: AsyncIterator<Uint8Array>,
): Promise<void> {
  const write = promisify<Uint8Array, void>((piece, done) => compressor.write(piece, done));
  if (sample.length > 0) await write(sample);
  for await (const piece of { [Symbol.asyncIterator]: () => source }) await write(piece);
  compressor.end();
}

/** Compresses a text that is whole in memory, as {@link compress} does, into one frame with a checksum. */
export async function compressWhole(text: Uint8Array, level?: number): Promise<Buffer> {
  if (level !== undefined)
    return await compressToOneFrame(text, { [constants.ZSTD_c_compressionLevel]: level });
  const ways = text.length < LEAST_TO_TELL_BYTES ? WAYS.slice(0, 1) : WAYS;
  const frames = await Promise.all(ways.map((way) => compressToOneFrame(text, way)));
  return frames.reduce((least, frame) => (frame.length < least.length ? frame : least));
}

export async function parametersFor(sample: Uint8Array): Promise<Parameters> {
  const [usual, other] = WAYS;
  if (sample.length < LEAST_TO_TELL_BYTES) return usual;
  const [usualSize, otherSize] = await Promise.all(WAYS.map((params) => sizeWith(sample, params)));
  return Number(otherSize) < Number(usualSize) ? other : usual;
}

/** The compressed size of a sample. Another thread compresses it, because this one reads the next rows. */
async function sizeWith(sample: Uint8Array, params: Parameters): Promise<number> {
  return (await promisify(zstdCompress)(sample, { params })).length;
}

/** The first pieces, joined: at least as many bytes as a sample has, or fewer if these are all. */
export async function gather(source: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let bytes = 0; bytes < SAMPLE_BYTES; bytes += pieces.at(-1)?.length ?? 0) {
    const { value, done } = await source.next();
    if (done) break;
    pieces.push(Buffer.from(value));
  }
  const [first] = pieces;
  return first && pieces.length === 1 ? first : Buffer.concat(pieces);
}
