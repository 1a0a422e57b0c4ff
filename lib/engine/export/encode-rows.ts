import { addAbortSignal, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { compressionOf } from './file-name.ts';
import { csv } from './formats/csv.ts';
import type { ExportCompression, FormatNotes, FormatOptions } from './formats/format-options.ts';
import { ndjson } from './formats/ndjson.ts';
import type { OpenItem } from './origins/origin.ts';
import type { Row } from './rows-of-copy-text.ts';

const CHUNK_BYTES = 256 * 1024;

/** The bytes of one file, in its format and compressed. `onRows` counts. */
export async function* encodeRows(
  { columns, rows }: OpenItem,
  options: FormatOptions,
  { notes, onRows, signal }: { notes: FormatNotes; onRows: (count: number) => void; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  async function* counted(): AsyncGenerator<readonly Row[]> {
    for await (const batch of rows) {
      signal.throwIfAborted();
      onRows(batch.length);
      yield batch;
    }
  }
  const compression = compressionOf(options);
  switch (options.format) {
    case 'csv':
      yield* compressed(csv(columns, counted(), options, notes), compression, signal);
      return;
    case 'ndjson':
      yield* compressed(ndjson(columns, counted(), options), compression, signal);
      return;
    case 'parquet': {
      // Loaded only now: few exports need the library.
      const { parquet } = await import('./formats/parquet.ts');
      yield* parquet(columns, counted(), compression, notes);
    }
  }
}

async function* compressed(
  pieces: AsyncIterable<Uint8Array>,
  compression: ExportCompression,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* pieces;
    return;
  }
  const compressor = compressorFor(compression);
  addAbortSignal(signal, compressor);
  const feeding = pipeline(pieces, compressor);
  // The reader below gets the same failure, before this promise is awaited.
  feeding.catch(() => {});
  try {
    yield* compressor as AsyncIterable<Buffer>;
    await feeding;
  } finally {
    compressor.destroy();
  }
}

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
function compressorFor(compression: 'gzip' | 'zstd'): Transform {
  return compression === 'gzip'
    ? zlib.createGzip({ chunkSize: CHUNK_BYTES })
    : zlib.createZstdCompress({
        chunkSize: CHUNK_BYTES,
        params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 },
      });
}
