const MIB = 1024 * 1024;

/** Limits of multipart uploads: Amazon S3 user guide, "Amazon S3 multipart upload limits". */
export const MOST_PARTS = 10_000;

/** Every part of an object up to 7.8 GiB has this size; only the last one may be smaller. */
export const FIRST_PART_BYTES = 8 * MIB;

/** Part size = bytes already sent / this. With 1,000, the limit of 5 TiB is reached in 9,914 parts. */
const GROWTH = 1000;

/** Largest part. Larger buffers bring nothing, and without this limit the last parts would exceed 5 GiB. */
const LAST_PART_BYTES = 1024 * MIB;

/**
 * The size of the next part after `sentBytes`. The size of a stream is not known beforehand, so parts grow
 * with it. They are small at first, to need little memory, and grow to a thousandth of what was sent, so that
 * 10,000 parts are always enough.
 */
export function partSizeAfter(sentBytes: number): number {
  const grown = Math.ceil(sentBytes / GROWTH / MIB) * MIB;
  return Math.min(Math.max(grown, FIRST_PART_BYTES), LAST_PART_BYTES);
}
