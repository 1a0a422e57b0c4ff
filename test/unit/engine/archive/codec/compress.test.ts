import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { constants, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress, compressWhole, parametersFor } from '../../../../../lib/engine/archive/codec/compress.ts';
import { oneFrame } from '../../../../../lib/engine/archive/codec/one-frame.ts';
import { requireOneFrame } from '../../../../../lib/engine/archive/codec/zstd-frame.ts';

const { signal } = new AbortController();

async function stored(pieces: readonly Buffer[], level?: number): Promise<Buffer> {
  const out: Uint8Array[] = [];
  await pipeline(
    async function* () {
      yield* pieces;
    },
    compress({ level, signal }),
    oneFrame,
    async (compressed: AsyncIterable<Uint8Array>) => {
      for await (const piece of compressed) out.push(piece);
    },
  );
  return Buffer.concat(out);
}

const hash = (number: number) => createHash('md5').update(String(number)).digest('hex');
const rowsOfOneMake = Buffer.from(
  Array.from(
    { length: 20_000 },
    (_, g) => `${g}\t${hash(g)}\t2026-01-01 00:00:${g % 60}+00\t${g % 7}\n`,
  ).join(''),
);
const WORDS = 'the database was restored and every row came back before breakfast with coffee'.split(' ');
const prose = Buffer.from(
  Array.from(
    { length: 120_000 },
    (_, g) => `${WORDS[(g * g) % 13]}${(g * g) % 1009 < 40 ? hash(g % 600).slice(0, 9) : ''} `,
  ).join(''),
);

describe('a compressed chunk', () => {
  it('is one frame of what came, however it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 120_000, size: 'max' }), { maxLength: 6 }),
        fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
        async (pieces, level) => {
          const buffers = pieces.map((piece) => Buffer.from(piece));
          expect(zstdDecompressSync(await stored(buffers, level)).equals(Buffer.concat(buffers))).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('is never larger than at the usual level, where its beginning is like the rest', async () => {
    for (const text of [rowsOfOneMake, prose]) {
      const usual = await stored([text], 3);
      expect((await stored([text])).length).toBeLessThanOrEqual(usual.length);
    }
  });

  it('passes the failure of what is read on', async () => {
    const failing = async function* () {
      yield rowsOfOneMake;
      throw new Error('the connection broke');
    };
    const reading = pipeline(failing, compress({ signal }), async (compressed: AsyncIterable<Uint8Array>) => {
      for await (const _ of compressed);
    });
    await expect(reading).rejects.toThrow('the connection broke');
  });

  it('is given up with the signal, while nothing comes', async () => {
    const stop = new AbortController();
    const silent = async function* () {
      yield rowsOfOneMake;
      stop.abort(new Error('enough'));
      await new Promise(() => {});
    };
    const reading = pipeline(
      silent,
      compress({ signal: stop.signal }),
      async (compressed: AsyncIterable<Uint8Array>) => {
        for await (const _ of compressed);
      },
      { signal: stop.signal },
    );
    await expect(reading).rejects.toThrow();
  });
});

describe('a chunk that was whole in memory', () => {
  it('is one frame of it, at any size and level', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200_000, size: 'max' }),
        fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
        async (text, level) => {
          const frame = await compressWhole(text, level);
          requireOneFrame(frame);
          expect(zstdDecompressSync(frame).equals(text)).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('is no larger than either way makes it', async () => {
    for (const text of [rowsOfOneMake.subarray(0, 400_000), prose.subarray(0, 400_000)]) {
      const frame = await compressWhole(text);
      for (const level of [1, 3])
        expect(frame.length).toBeLessThanOrEqual((await compressWhole(text, level)).length);
    }
  });
});

describe('the level', () => {
  const levelFor = async (sample: Buffer) => (await parametersFor(sample))[constants.ZSTD_c_compressionLevel];

  it('is the one that makes less of it', async () => {
    expect(await levelFor(rowsOfOneMake.subarray(0, 500_000))).toBe(1);
    expect(await levelFor(prose.subarray(0, 500_000))).toBe(3);
  });

  it('is the usual one where there is little', async () => {
    expect(await levelFor(rowsOfOneMake.subarray(0, 10_000))).toBe(3);
    expect(await levelFor(Buffer.alloc(0))).toBe(3);
  });
});

describe('the smaller window', () => {
  it('makes no more of what it is chosen for', async () => {
    const whole = await stored([rowsOfOneMake], 1);
    expect(await parametersFor(rowsOfOneMake)).toMatchObject({ [constants.ZSTD_c_windowLog]: 18 });
    expect((await stored([rowsOfOneMake])).length).toBeLessThanOrEqual(whole.length);
  });
});
