import { LifeboatError } from '../ground/errors.ts';

/** One name between two slashes: the limit of every common file system. */
const MOST_SEGMENT_BYTES = 255;
/** Amazon S3 user guide, "Naming Amazon S3 objects"; the vault's own prefix counts as well. */
export const MOST_KEY_BYTES = 1024;

/**
 * Throws `object-key-invalid` unless `key` can be stored anywhere and leads nowhere but below the vault. Keys come out
 * of manifests too, so out of whatever somebody put into the vault.
 */
export function checkKey(key: string): string {
  const fault = faultOfKey(key);
  if (fault === undefined) return key;
  throw keyInvalid(key, fault);
}

/** As {@link checkKey}, for what stands before a listing: `''`, or a key followed by `/`. */
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
    remedy: 'A key is names joined by "/", none of them empty, "." or "..", at most 1,024 bytes in all.',
  });
}

/** What is wrong with a key, or undefined. */
export function faultOfKey(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (!key.isWellFormed()) return 'it is not valid Unicode';
  if (Buffer.byteLength(key) > MOST_KEY_BYTES) return 'it is too long';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(key)) return 'it holds a control character';
  for (const segment of key.split('/')) {
    if (segment === '') return 'one of its names is empty';
    if (segment === '.' || segment === '..') return `one of its names is "${segment}"`;
    if (Buffer.byteLength(segment) > MOST_SEGMENT_BYTES) return 'one of its names is longer than 255 bytes';
  }
  return undefined;
}

/** The order of listings: by the bytes of UTF-8, which is not the order of JavaScript's strings. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
