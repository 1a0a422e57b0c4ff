import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { oneFrame } from '../../../../../lib/engine/archive/codec/one-frame.ts';
import { ZstdFrame } from '../../../../../lib/engine/archive/codec/zstd-frame.ts';

const params = { [constants.ZSTD_c_checksumFlag]: 1 };

async function through(pieces: readonly Uint8Array[], filter = oneFrame): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  await pipeline(
    Readable.from(pieces, { objectMode: true }),
    createZstdCompress({ params }),
    filter,
    async (stored) => {
      for await (const piece of stored) kept.push(piece);
    },
  );
  return Buffer.concat(kept);
}

async function collect(pieces: readonly Uint8Array[]): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  for await (const piece of oneFrame(Readable.from(pieces, { objectMode: true }))) kept.push(piece);
  return Buffer.concat(kept);
}

function isOneFrame(bytes: Uint8Array): boolean {
  const frame = new ZstdFrame();
  return frame.take(bytes) === bytes.length;
}

describe('what the compressor writes', () => {
  const pieces = [Buffer.from('one\n'.repeat(3000)), Buffer.from('two\n'.repeat(3000))];

  it('is one frame, although its input ends while a piece waits', async () => {
    const stored = await through(pieces);
    expect(isOneFrame(stored)).toBe(true);
    expect(zstdDecompressSync(stored)).toEqual(Buffer.concat(pieces));
  });

  it('would be two without the remedy, or the remedy is no longer needed', async () => {
    expect(
      isOneFrame(
        await through(pieces, async function* asItIs(stored) {
          yield* stored;
        }),
      ),
    ).toBe(false);
  });

  it('is one frame, although its output ends with a buffer', async () => {
    // Random bytes are stored as they are: one length among these makes the frame end with a piece of 16 KiB.
    for (let length = 16_300; length < 16_384; length += 1) {
      const content = randomBytes(length);
      const stored = await through([content]);
      expect(isOneFrame(stored), `${length} bytes`).toBe(true);
      expect(zstdDecompressSync(stored).equals(content)).toBe(true);
    }
  });

  it('is an empty frame of nothing', async () => {
    expect(await through([])).toEqual(zstdCompressSync(Buffer.alloc(0), { params }));
  });
});

describe('the bytes after the frame', () => {
  const frame = zstdCompressSync('rows\n', { params });
  const empty = zstdCompressSync('', { params });

  it('are dropped when they are empty frames, wherever the pieces are cut', async () => {
    const all = Buffer.concat([frame, empty, empty]);
    for (let at = 0; at <= all.length; at += 1) {
      expect(await collect([all.subarray(0, at), all.subarray(at)])).toEqual(frame);
    }
  });

  it.each([
    ['rows', zstdCompressSync('more\n', { params })],
    ['a cut frame', empty.subarray(0, -1)],
    ['anything', Buffer.from('x')],
  ])('are an error when they are %s', async (_, more) => {
    await expect(collect([frame, more])).rejects.toThrow('after the end of its frame');
  });

  it('must not be missing', async () => {
    await expect(collect([frame.subarray(0, -1)])).rejects.toThrow('is cut within');
  });
});
