import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpareBuffers } from '../../../../lib/engine/ground/spare-buffers.ts';
import { cutIntoParts, type Part } from '../../../../lib/engine/storage/s3-parts.ts';

async function* bodyOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function partsOf(
  pieces: readonly Uint8Array[],
  sizeAfter: (sentBytes: number) => number,
): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of cutIntoParts(bodyOf(pieces), sizeAfter, new SpareBuffers(3))) parts.push(part);
  return parts;
}

test('parts hold the stream, are full but for the last, and only the last says so', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 });
  const growing = (first: number, growth: number) => (sent: number) =>
    Math.max(first, Math.ceil(sent / growth));
  await fc.assert(
    fc.asyncProperty(
      pieces,
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 10 }),
      async (body, first, growth) => {
        const sizeAfter = growing(first, growth);
        const parts = await partsOf(body, sizeAfter);
        expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(Buffer.concat(body));
        let sent = 0;
        for (const [index, { bytes, isLast }] of parts.entries()) {
          expect(isLast).toBe(index === parts.length - 1);
          if (!isLast) expect(bytes.length).toBe(sizeAfter(sent));
          expect(bytes.length).toBeLessThanOrEqual(sizeAfter(sent));
          sent += bytes.length;
        }
        if (parts.length > 1) expect(parts.at(-1)?.bytes.length).toBeGreaterThan(0);
      },
    ),
  );
});

test('an empty stream is one empty part', async () => {
  expect(await partsOf([], () => 10)).toMatchObject([{ bytes: Buffer.alloc(0), isLast: true }]);
});

test('a stream that ends where a part ends has no empty part after it', async () => {
  const parts = await partsOf([Buffer.alloc(10), Buffer.alloc(10)], () => 10);
  expect(parts.map(({ bytes, isLast }) => [bytes.length, isLast])).toEqual([
    [10, false],
    [10, true],
  ]);
});

test('a small object takes little memory', async () => {
  const [part] = await partsOf([Buffer.alloc(10)], () => 8 * 1024 * 1024);
  expect(part?.bytes.buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
});

test('memory that was given back is used again, other memory is not', async () => {
  const memory: ArrayBufferLike[] = [];
  const contents: string[] = [];
  const pieces = ['aaaa', 'bbbb', 'cccc', 'dddd', 'e'].map((text) => Buffer.from(text));
  for await (const { bytes, release } of cutIntoParts(bodyOf(pieces), () => 4, new SpareBuffers(3))) {
    memory.push(bytes.buffer);
    contents.push(bytes.toString());
    if (memory.length !== 2) release();
  }
  expect(contents).toEqual(['aaaa', 'bbbb', 'cccc', 'dddd', 'e']);
  expect(memory.map((each) => memory.indexOf(each))).toEqual([0, 0, 2, 2, 2]);
});

test('memory that one upload gave back serves the next, and no more is kept than was said', async () => {
  const spare = new SpareBuffers(2);
  const upload = async () => {
    const parts: Part[] = [];
    const pieces = ['aaaa', 'bbbb', 'cccc', 'dddd'].map((text) => Buffer.from(text));
    for await (const part of cutIntoParts(bodyOf(pieces), () => 4, spare)) parts.push(part);
    expect(Buffer.concat(parts.map(({ bytes }) => bytes)).toString()).toBe('aaaabbbbccccdddd');
    const memory = parts.map(({ bytes }) => bytes.buffer);
    for (const part of parts) part.release();
    return new Set(memory);
  };
  const [first, second] = [await upload(), await upload()];
  expect(first.size).toBe(4);
  expect(first.intersection(second).size).toBe(2);
});
