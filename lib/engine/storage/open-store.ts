import { fileURLToPath } from 'node:url';
import { LifeboatError } from '../ground/errors.ts';
import { openDeleted } from './deleted-store.ts';
import { type DirectoryOptions, openDirectoryStore } from './directory.ts';
import { faultOfKey } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';
import { openS3Store, type S3StoreOptions } from './s3.ts';

/** Options that are not in the URL. Each kind of vault uses those that concern it. */
export interface StoreOptions extends DirectoryOptions, Omit<S3StoreOptions, 'bucket' | 'prefix'> {
  /** Shows what was deleted as well: see deleted-store.ts. @default false */
  readonly deleted?: boolean;
}

const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/**
 * Opens a vault: `s3://bucket/prefix` or `file:///path`. Throws `vault-url-invalid`. Sends no request to the
 * vault yet.
 */
export function openStore(url: string, options: StoreOptions = {}): ObjectStore {
  const store = openVisible(url, options);
  return options.deleted ? openDeleted(store) : store;
}

function openVisible(url: string, options: StoreOptions): ObjectStore {
  if (url.startsWith('s3://')) return openS3Store({ ...options, ...parseS3Url(url) });
  if (url.startsWith('file:')) return openDirectoryStore(parseFileUrl(url), options);
  throw urlInvalid(url, 'it starts with neither s3:// nor file:///');
}

/** Reads the URL literally, as the AWS CLI does: nothing in it is percent-encoded. */
function parseS3Url(url: string): { bucket: string; prefix: string } {
  const [bucket = '', ...rest] = url.slice('s3://'.length).split('/');
  if (!BUCKET_NAME.test(bucket)) throw urlInvalid(url, 'the part after s3:// is not the name of a bucket');
  const prefix = rest.join('/').replace(/^\/+|\/+$/g, '');
  const fault = prefix === '' ? undefined : faultOfKey(prefix);
  if (fault !== undefined) throw urlInvalid(url, `its prefix cannot be used: ${fault}`);
  return { bucket, prefix };
}

function parseFileUrl(url: string): string {
  if (!url.startsWith('file:///'))
    throw urlInvalid(url, 'the path must be absolute, with three slashes after file:');
  if (/[?#]/.test(url)) throw urlInvalid(url, 'write a "?" in the path as %3F, and a "#" as %23');
  try {
    return fileURLToPath(url);
  } catch {
    throw urlInvalid(url, 'its path cannot be decoded; write a "%" in the path as %25');
  }
}

function urlInvalid(url: string, why: string): LifeboatError {
  // A URL with an @ may hold a password: it may be the URL of a source, given by mistake.
  const shown = url.includes('@') ? 'The given URL' : JSON.stringify(url);
  return new LifeboatError({
    code: 'vault-url-invalid',
    kind: 'usage',
    what: `${shown} is not the URL of a vault: ${why}.`,
    remedy: 'Use s3://bucket/prefix for an S3 bucket, or file:///absolute/path for a directory.',
  });
}
