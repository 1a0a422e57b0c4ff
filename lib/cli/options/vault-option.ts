import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import { usageError } from '../program/failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function vaultOption(): Option {
  return new Option(
    '--vault <url>',
    'where the backups are: s3://bucket/prefix, file:///path or a path (default: LIFEBOAT_VAULT)',
  );
}

/** Reads the vault's URL from the option or from LIFEBOAT_VAULT. A plain path becomes `file:///…`. */
export function vaultUrl(given: string | undefined, environment: Environment, directory: string): string {
  const named = given ?? (environment.LIFEBOAT_VAULT || undefined);
  if (named === undefined) {
    throw usageError(
      'vault-not-named',
      'No vault was named.',
      'Use --vault s3://bucket/prefix or --vault /path/to/a/directory, or set LIFEBOAT_VAULT.',
    );
  }
  if (named === '') throw usageError('vault-not-named', "The vault's name is empty.", 'Name a vault.');
  if (/^(s3|file):\/\//.test(named)) return named;
  if (/^s3\/\//i.test(named)) {
    throw usageError(
      'vault-url-invalid',
      `${JSON.stringify(named)} is not the URL of a vault: the colon is missing after s3`,
      `Use s3://${named.slice('s3'.length).replace(/^\/+/, '')}. For a directory of that name, write ./${named}.`,
    );
  }
  if (/^(s3|file):/i.test(named)) {
    // A path may begin so, but nobody means one.
    throw usageError(
      'vault-url-invalid',
      `${JSON.stringify(named)} is not the URL of a vault: two slashes are missing after ${named.slice(0, named.indexOf(':') + 1)}`,
      `Use ${/^s3/i.test(named) ? `s3://${named.slice('s3:'.length).replace(/^\/+/, '')}` : 'file:///path, or the path itself'}. For a directory of that name, write ./${named}.`,
    );
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(named)) {
    throw usageError(
      'vault-url-invalid',
      `A vault cannot be at ${named.slice(0, named.indexOf('://') + 3)}…`,
      'Use s3://bucket/prefix, file:///path or a path.',
    );
  }
  return pathToFileURL(resolve(directory, named)).href;
}
