import { LifeboatError } from '../ground/errors.ts';

/** Longest name between two slashes: the limit of every common file system. */
const MOST_SEGMENT_BYTES = 255;
/** Amazon S3 user guide, "Naming Amazon S3 objects"; the vault's own prefix counts as well. */
export const MOST_KEY_BYTES = 1024;

/**
 * Throws `object-key-invalid` unless every storage can hold `key` and it cannot lead out of the vault. Keys
 * also come from manifests, and anybody who can write into the vault can write those.
 */
export function checkKey(key: string): string {
  const fault = faultOfKey(key);
  if (fault === undefined) return key;
  throw keyInvalid(key, fault);
}

/** The same as {@link checkKey} for the prefix of a listing: `''`, or a key followed by `/`. */
export function checkPrefix(prefix: string): string {
  if (prefix === '') return prefix;
  if (!prefix.endsWith('/')) throw keyInvalid(prefix, 'a prefix ends with "/"');
  checkKey(prefix.slice(0, -1));
  return prefix;
}

export function keyInvalid(key: string, fault: string): LifeboatError {
  return new LifeboatError({
    code: 'object-key-invalid',
    kind: 'vault',
    what: `${JSON.stringify(key)} cannot be the key of an object: ${fault}.`,
    remedy:
      'A key consists of names joined by "/". No name may be empty, "." or "..", and the key may have at most 1,024 bytes.',
  });
}

/** What is wrong with a key, or undefined. */
export function faultOfKey(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (!key.isWellFormed()) return 'it is not valid Unicode';
  if (Buffer.byteLength(key) > MOST_KEY_BYTES) return 'it is too long';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this looks for control characters.
  if (/[\u0000-\u001f\u007f]/.test(key)) return 'it holds a control character';
  for (const segment of key.split('/')) {
    if (segment === '') return 'one of its names is empty';
    if (segment === '.' || segment === '..') return `one of its names is "${segment}"`;
    if (Buffer.byteLength(segment) > MOST_SEGMENT_BYTES) return 'one of its names is longer than 255 bytes';
  }
  return undefined;
}

/** Compares keys for a listing: by their UTF-8 bytes, which is not the order of JavaScript's strings. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
