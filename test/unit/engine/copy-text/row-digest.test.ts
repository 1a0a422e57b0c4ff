import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { EMPTY_DIGEST, RowDigest, sumDigests } from '../../../../lib/engine/copy-text/row-digest.ts';

const { h64Raw } = await xxhash();

/** The definition in docs/archive-format.md, written as plainly as it can be. */
function byDefinition(lines: string[]) {
  const sum = lines.reduce((total, line) => total + h64Raw(Buffer.from(line)), 0n);
  const rawBytes = lines.reduce((total, line) => total + Buffer.byteLength(line) + 1, 0);
  const digest = BigInt.asUintN(64, sum).toString(16).padStart(16, '0');
  return { rows: lines.length, rawBytes, digest };
}

async function digestOf(pieces: Uint8Array[]) {
  const digest = new RowDigest();
  for (const piece of pieces) digest.update(piece);
  return digest.finish();
}

const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\n', '\\n'));

describe('the digest of COPY text', () => {
  it('is the definition, wherever the stream was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat({ max: 500 })), async (lines, cuts) => {
        const text = Buffer.from(lines.map((one) => `${one}\n`).join(''));
        const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((place, index) => text.subarray(places[index], place));
        expect(await digestOf(pieces)).toEqual(byDefinition(lines));
      }),
    );
  });

  it('does not depend on the order of rows, nor on how a table was cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.nat(), async (lines, seed) => {
        const cut = lines.length === 0 ? 0 : seed % lines.length;
        const swapped = [...lines.slice(cut), ...lines.slice(0, cut)];
        const chunks = await Promise.all(
          [lines.slice(0, cut), lines.slice(cut)].map((part) =>
            digestOf([Buffer.from(part.map((one) => `${one}\n`).join(''))]),
          ),
        );
        expect(sumDigests(chunks)).toEqual(byDefinition(lines));
        expect(byDefinition(swapped)).toEqual(byDefinition(lines));
      }),
    );
  });

  it('counts rows of a table without columns, and duplicates', async () => {
    expect(await digestOf([Buffer.from('\n\n\n')])).toEqual(byDefinition(['', '', '']));
    expect(byDefinition(['a', 'a']).digest).not.toEqual(byDefinition(['a']).digest);
    expect(await digestOf([])).toEqual(EMPTY_DIGEST);
  });

  it('knows the published value of xxHash64 for an empty input', async () => {
    expect((await digestOf([Buffer.from('\n')])).digest).toBe('ef46db3751d8e999');
  });

  it('refuses a stream that ends within a row', async () => {
    const digest = new RowDigest();
    digest.update(Buffer.from('whole\nhal'));
    expect(() => digest.finish()).toThrow('within a row');
  });
});
