import zlib from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { LifeboatError } from '../../ground/errors.ts';
import { LIFEBOAT_VERSION } from '../../ground/version.ts';
import type { Row } from '../rows-of-copy-text.ts';
import { uniqueNames } from '../unique-names.ts';
import type { ExportColumn } from '../value-type.ts';
import type { ExportCompression, FormatNotes } from './format-options.ts';
import { converted, parquetColumn } from './parquet-columns.ts';

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
const { gzipSync, zstdCompressSync } = zlib;

/** The characters of values in a row group. Memory holds one group, several times over. */
const GROUP_CHARACTERS = 8 * 1024 * 1024;
const GROUP_ROWS = 100_000;

const CODECS = { none: 'UNCOMPRESSED', gzip: 'GZIP', zstd: 'ZSTD' } as const satisfies Record<
  ExportCompression,
  CompressionCodec
>;

/** Writes Parquet, a row group at a time. The library that does it is hyparquet-writer. */
export async function* parquet(
  columns: readonly ExportColumn[],
  batches: AsyncIterable<readonly Row[]>,
  compression: ExportCompression,
  notes: FormatNotes,
): AsyncGenerator<Buffer> {
  if (columns.length === 0) throw withoutColumns();
  const names = uniqueNames(columns);
  const written = columns.map((column, index) => parquetColumn(column, names[index] as string));
  const writer = new Drained();
  const file = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...written.map(({ element }) => element)],
    codec: CODECS[compression],
    compressors: { GZIP: (bytes) => gzipSync(bytes), ZSTD: (bytes) => zstdCompressSync(bytes) },
    createdBy: `lifeboat version ${LIFEBOAT_VERSION}`,
  });
  let group = written.map((): unknown[] => []);
  let characters = 0;
  const writeGroup = () => {
    const rows = group[0]?.length ?? 0;
    if (rows === 0) return Buffer.alloc(0);
    file.write({
      columnData: group.map((data, index) => ({ name: names[index] as string, data })),
      rowGroupSize: rows,
    });
    group = written.map(() => []);
    characters = 0;
    return writer.take();
  };
  for await (const rows of batches) {
    for (const row of rows) {
      for (let index = 0; index < written.length; index += 1) {
        const value = row[index] ?? null;
        characters += value?.length ?? 0;
        (group[index] as unknown[]).push(converted(written[index] as (typeof written)[number], value, notes));
      }
      if (characters < GROUP_CHARACTERS && (group[0]?.length ?? 0) < GROUP_ROWS) continue;
      yield writeGroup();
    }
  }
  yield writeGroup();
  file.finish();
  yield writer.take();
}

/** Memory for what the library writes, until somebody takes it. */
class Drained extends ByteWriter {
  take(): Buffer {
    const bytes = Buffer.from(this.getBytes());
    // `offset` goes on: it is the position in the file.
    this.index = 0;
    return bytes;
  }
}

function withoutColumns(): LifeboatError {
  return new LifeboatError({
    code: 'export-without-columns',
    kind: 'usage',
    what: 'Parquet cannot hold a table without columns.',
    remedy: 'Export it as CSV or NDJSON, or leave it out.',
  });
}
