import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZstdFrame } from '../../../../../lib/engine/archive/codec/zstd-frame.ts';

function follow(bytes: Buffer, pieceBytes = bytes.length): string {
  const frame = new ZstdFrame();
  try {
    for (let at = 0; at < bytes.length; at += Math.max(1, pieceBytes)) {
      frame.update(bytes.subarray(at, at + Math.max(1, pieceBytes)));
    }
    frame.finish();
    return 'one frame';
  } catch (error) {
    return (error as Error).message;
  }
}

function compress(text: Buffer, level = 3, checksum = 1): Buffer {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  return zstdCompressSync(text, {
    params: { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: checksum },
  });
}

/** Text that compresses, text that does not, and one byte many times: compressed, raw and RLE blocks. */
const content = fc.oneof(
  fc.string({ maxLength: 3000 }).map((text) => Buffer.from(text.repeat(20))),
  fc.integer({ min: 0, max: 400_000 }).map((length) => randomBytes(length)),
  fc.integer({ min: 0, max: 400_000 }).map((length) => Buffer.alloc(length, 'x')),
);

describe('one zstd frame, followed from border to border', () => {
  it('ends where the compressor ended it, wherever the stream is cut', () => {
    fc.assert(
      fc.property(content, fc.nat(19), fc.nat(1), fc.nat(5000), (text, level, checksum, pieceBytes) => {
        expect(follow(compress(text, level, checksum), pieceBytes)).toBe('one frame');
      }),
      { numRuns: 60 },
    );
  });

  it('shows every cut, each in a piece of its own', () => {
    for (const checksum of [0, 1]) {
      const frame = compress(Buffer.from('a line\n'.repeat(500)), 3, checksum);
      for (let length = 0; length < frame.length; length++) {
        expect(follow(frame.subarray(0, length)), `${length} bytes`).toMatch(/is cut within its/);
      }
    }
  });

  it.each([
    ['a second frame', compress(Buffer.from('more\n'))],
    ['an empty frame', compress(Buffer.alloc(0))],
    ['a skippable frame', Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7])],
    ['one byte', Buffer.from([0])],
  ])('does not take %s after the end, in one piece or byte by byte', (_, more) => {
    const bytes = Buffer.concat([compress(Buffer.from('text\n')), more]);
    for (const pieceBytes of [bytes.length, 1]) {
      expect(follow(bytes, pieceBytes)).toBe('bytes after the end of the zstd frame');
    }
  });

  it('does not take anything else for a frame', () => {
    expect(follow(Buffer.from('plain text'))).toBe('not a zstd frame');
    expect(follow(Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]))).toBe('not a zstd frame');
    expect(follow(Buffer.alloc(0))).toMatch('cut within its opening');
    const reserved = compress(Buffer.from('x'.repeat(10)));
    const blockHeader = reserved.indexOf(Buffer.from('x')) - 3;
    reserved[blockHeader] = (reserved[blockHeader] ?? 0) | 0b110;
    expect(follow(reserved)).toBe('a zstd block of a reserved type');
  });
});
