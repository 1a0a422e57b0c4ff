import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares two secrets in a time that tells nothing of either, nor of their lengths. An empty one is never right. */
export function isSameSecret(given: string | undefined, expected: string): boolean {
  const isSame = timingSafeEqual(digestOf(given ?? ''), digestOf(expected));
  return isSame && expected !== '';
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
