import { expect, it } from 'vitest';
import { SharedTexts } from '../../../../lib/engine/archive/codec/shared-texts.ts';

const object = (number: number) => ({ key: `shared-${number}`, sizeBytes: 1, sha256: String(number) });

/** Reads that are counted. */
function reader(texts: SharedTexts) {
  const reads: number[] = [];
  const read = async (number: number) =>
    String(
      await texts.of(object(number), async () => {
        reads.push(number);
        return Buffer.from(`text ${number}`);
      }),
    );
  return { reads, read };
}

it('reads an object once for all that ask at the same time or soon after', async () => {
  const { reads, read } = reader(new SharedTexts());
  expect(await Promise.all([read(1), read(1), read(2)])).toEqual(['text 1', 'text 1', 'text 2']);
  expect(await read(1)).toBe('text 1');
  expect(reads).toEqual([1, 2]);
});

it('keeps those that were asked for last', async () => {
  const { reads, read } = reader(new SharedTexts());
  for (let number = 1; number <= 17; number += 1) {
    await read(number);
    await read(1);
  }
  await read(2);
  expect(reads.filter((number) => number === 1)).toHaveLength(1);
  expect(reads.filter((number) => number === 2)).toHaveLength(2);
});

it('does not fail a reader for what stopped another one, nor keep what failed', async () => {
  const texts = new SharedTexts();
  const stopped = texts.of(object(1), async () => {
    throw new Error('stopped by its caller');
  });
  const other = texts.of(object(1), async () => Buffer.from('read by itself'));
  await expect(stopped).rejects.toThrow('stopped by its caller');
  expect(String(await other)).toBe('read by itself');
  expect(String(await texts.of(object(1), async () => Buffer.from('read anew')))).toBe('read anew');
});
