import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Identities } from '../../engine/age/identities.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import type { StoreOptions } from '../../engine/storage/open-store.ts';
import { withIdentities } from '../../engine/storage/with-identities.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import type { BackupOptions } from './backup-reference.ts';

export interface IdentityOptions {
  readonly identity?: string;
}

/** Adds the option for the secret key: the same for every command that reads what is in a backup. */
export function addIdentityOption(command: Command): Command {
  return command.option(
    '--identity <file>',
    'age identity file, for backups that are encrypted to recipients (default: LIFEBOAT_AGE_IDENTITY, which holds the text of one, or LIFEBOAT_AGE_IDENTITY_FILE, which names one)',
  );
}

/** Opens a vault for somebody who reads what is in its backups, with the identities that were given. */
export async function withReadableVault<Result>(
  context: Context,
  { vault, identity, deleted }: IdentityOptions & Pick<BackupOptions, 'vault' | 'deleted'>,
  use: (store: ObjectStore) => Promise<Result>,
  storeOptions: StoreOptions = {},
): Promise<Result> {
  const options = { ...storeOptions, ...(deleted ? { deleted } : {}) };
  const identities = await givenIdentities(identity, context);
  return await context.withVault(vault, (store) => use(withIdentities(store, identities)), options);
}

/**
 * Reads the identities from the file that the option names, from LIFEBOAT_AGE_IDENTITY, or from the file that
 * LIFEBOAT_AGE_IDENTITY_FILE names, in this order. Undefined if none was given. Throws `identity-unreadable`
 * or `identity-invalid`.
 */
export async function givenIdentities(
  given: string | undefined,
  { environment, directory }: Pick<Context, 'environment' | 'directory'>,
): Promise<Identities | undefined> {
  const text = environment.LIFEBOAT_AGE_IDENTITY || undefined;
  const file =
    given ?? (text === undefined ? environment.LIFEBOAT_AGE_IDENTITY_FILE || undefined : undefined);
  if (file === undefined && text === undefined) return undefined;
  const { Identities } = await import('../../engine/age/identities.ts');
  if (file === undefined) return await Identities.read(text ?? '', 'LIFEBOAT_AGE_IDENTITY');
  return await Identities.read(readIdentityFile(file, directory), file);
}

function readIdentityFile(file: string, directory: string): string {
  if (/AGE-SECRET-KEY-/i.test(file)) {
    throw usageError(
      'identity-unreadable',
      'A secret key was given instead of the name of a file.',
      'Put it into a file that only you can read, and name that file, or into LIFEBOAT_AGE_IDENTITY.',
      'On the command line, `ps` shows it to everybody on this machine.',
    );
  }
  try {
    return readFileSync(resolve(directory, file), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? `: ${error.code}` : '';
    throw usageError(
      'identity-unreadable',
      `The identity file ${file} cannot be read${code}.`,
      'Name the file that age-keygen wrote, with --identity or in LIFEBOAT_AGE_IDENTITY_FILE.',
    );
  }
}
