import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIRST_PART_BYTES, MOST_PARTS, partSizeAfter } from '../../../../lib/engine/storage/s3-part-size.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** Amazon S3 user guide, "Amazon S3 multipart upload limits". */
const MOST_OBJECT_BYTES = 5 * 1024 ** 4;
const LEAST_PART_BYTES = 5 * MIB;
const MOST_PART_BYTES = 5 * GIB;

/** Where each part of an endless object starts. */
function starts(): number[] {
  const all: number[] = [];
  for (let sent = 0; all.length < MOST_PARTS; sent += partSizeAfter(sent)) all.push(sent);
  return all;
}

test('10,000 parts are enough for the largest object S3 takes', () => {
  const last = starts().at(-1) ?? 0;
  expect(last + partSizeAfter(last)).toBeGreaterThanOrEqual(MOST_OBJECT_BYTES);
});

test('an object of any size is cut into at most 10,000 parts of 5 MiB to 5 GiB, the last one excepted', () => {
  const all = starts();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MOST_OBJECT_BYTES }), (sizeBytes) => {
      const parts = all.filter((start) => start < sizeBytes);
      expect(parts.length).toBeLessThanOrEqual(MOST_PARTS);
      const lastStart = parts.at(-1) ?? 0;
      expect(sizeBytes - lastStart).toBeLessThanOrEqual(MOST_PART_BYTES);
      expect(lastStart + partSizeAfter(lastStart)).toBeGreaterThanOrEqual(sizeBytes);
    }),
  );
  for (const start of all) {
    expect(partSizeAfter(start)).toBeGreaterThanOrEqual(LEAST_PART_BYTES);
    expect(partSizeAfter(start)).toBeLessThanOrEqual(MOST_PART_BYTES);
  }
});

test('parts never shrink, and take little memory: a thousandth of what was sent', () => {
  fc.assert(
    fc.property(fc.nat(MOST_OBJECT_BYTES), fc.nat(MOST_OBJECT_BYTES), (left, right) => {
      const [less, more] = [Math.min(left, right), Math.max(left, right)];
      expect(partSizeAfter(less)).toBeLessThanOrEqual(partSizeAfter(more));
      expect(partSizeAfter(less)).toBeLessThanOrEqual(Math.max(FIRST_PART_BYTES, less / 1000 + MIB));
    }),
  );
});

test('objects up to 7.8 GiB have parts of one size, as some servers want', () => {
  fc.assert(
    fc.property(fc.nat(Math.floor(7.8 * GIB)), (sent) => {
      expect(partSizeAfter(sent)).toBe(FIRST_PART_BYTES);
    }),
  );
});
