import { fileURLToPath } from 'node:url';
import { LifeboatError } from '../ground/errors.ts';
import { type DirectoryOptions, openDirectoryStore } from './directory.ts';
import { faultOfKey } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';
import { openS3Store, type S3StoreOptions } from './s3.ts';

/** What does not stand in the URL; each kind of vault takes what concerns it. */
export interface StoreOptions extends DirectoryOptions, Omit<S3StoreOptions, 'bucket' | 'prefix'> {}

const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** Opens a vault: `s3://bucket/prefix` or `file:///path`. Throws `vault-url-invalid`; asks nothing of the vault yet. */
export function openStore(url: string, options: StoreOptions = {}): ObjectStore {
  if (url.startsWith('s3://')) return openS3Store({ ...options, ...parseS3Url(url) });
  if (url.startsWith('file:')) return openDirectoryStore(parseFileUrl(url), options);
  throw urlInvalid(url, 'it starts with neither s3:// nor file:///');
}

/** Taken literally, as the AWS command line does: nothing in it is percent-encoded. */
function parseS3Url(url: string): { bucket: string; prefix: string } {
  const [bucket = '', ...rest] = url.slice('s3://'.length).split('/');
  if (!BUCKET_NAME.test(bucket)) throw urlInvalid(url, 'what follows s3:// is not the name of a bucket');
  const prefix = rest.join('/').replace(/^\/+|\/+$/g, '');
  const fault = prefix === '' ? undefined : faultOfKey(prefix);
  if (fault !== undefined) throw urlInvalid(url, `its prefix cannot be used: ${fault}`);
  return { bucket, prefix };
}

function parseFileUrl(url: string): string {
  if (!url.startsWith('file:///')) throw urlInvalid(url, 'a path needs three slashes and starts at the root');
  if (/[?#]/.test(url)) throw urlInvalid(url, 'a "?" or "#" in a path is written %3F or %23');
  try {
    return fileURLToPath(url);
  } catch {
    throw urlInvalid(url, 'its path cannot be read; a "%" in a path is written %25');
  }
}

function urlInvalid(url: string, why: string): LifeboatError {
  // A URL with an @ may hold a password: that of a source, given in the wrong place.
  const shown = url.includes('@') ? 'The URL given for the vault' : JSON.stringify(url);
  return new LifeboatError({
    code: 'vault-url-invalid',
    kind: 'usage',
    what: `${shown} is not a vault: ${why}.`,
    remedy: 'Use s3://bucket/prefix for an S3 bucket, or file:///absolute/path for a directory.',
  });
}
