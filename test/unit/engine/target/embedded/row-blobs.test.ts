import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowBlobs } from '../../../../../lib/engine/target/embedded/row-blobs.ts';

const row = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => `${text.replaceAll('\n', '\\n')}\n`);

/** The text in pieces, cut at any places; empty pieces among them. */
const cutText = fc
  .record({ rows: fc.array(row), cuts: fc.array(fc.nat({ max: 400 })) })
  .map(({ rows, cuts }) => {
    const text = Buffer.from(rows.join(''));
    const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
    return { rows, text, pieces: places.slice(1).map((place, index) => text.subarray(places[index], place)) };
  });

async function* streamOf(pieces: Uint8Array[]) {
  yield* pieces;
}

async function blobsOf(pieces: Uint8Array[], maxBytes: number) {
  const blobs: Buffer[] = [];
  for await (const blob of rowBlobs(streamOf(pieces), maxBytes)) blobs.push(Buffer.from(blob));
  return blobs;
}

describe('cutting COPY text into blobs', () => {
  it('keeps every byte, cuts at line ends only, and passes the limit with single rows alone', async () => {
    await fc.assert(
      fc.asyncProperty(cutText, fc.integer({ min: 1, max: 60 }), async ({ text, pieces }, maxBytes) => {
        const blobs = await blobsOf(pieces, maxBytes);
        expect(Buffer.concat(blobs)).toEqual(text);
        for (const blob of blobs) {
          expect(blob.at(-1)).toBe(0x0a);
          if (blob.length > maxBytes) expect(blob.indexOf(0x0a)).toBe(blob.length - 1);
        }
      }),
    );
  });

  it('fills blobs as far as rows allow', async () => {
    const blobs = await blobsOf([Buffer.from('aa\nbb\ncc\ndd\n')], 7);
    expect(blobs.map(String)).toEqual(['aa\nbb\n', 'cc\ndd\n']);
  });

  it('gives each blob memory of its own, to be given away', async () => {
    const piece = Buffer.from('aa\nbb\n');
    for await (const blob of rowBlobs(streamOf([piece]), 3)) {
      expect(blob.buffer.byteLength).toBe(blob.length);
      structuredClone(blob.buffer, { transfer: [blob.buffer] });
    }
    expect(String(piece)).toBe('aa\nbb\n');
  });

  it('refuses text that ends within a row, after the rows before it', async () => {
    await fc.assert(
      fc.asyncProperty(cutText, fc.integer({ min: 1, max: 60 }), async ({ pieces }, maxBytes) => {
        await expect(blobsOf([...pieces, Buffer.from('cut')], maxBytes)).rejects.toMatchObject({
          code: 'copy-text-cut',
        });
      }),
    );
  });
});
