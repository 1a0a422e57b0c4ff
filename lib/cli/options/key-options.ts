import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { PublicKey } from '../../engine/attest/public-keys.ts';
import type { Signer } from '../../engine/attest/signing-key.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { several } from './several.ts';

type Where = Pick<Context, 'environment' | 'directory'>;

export interface SigningOptions {
  readonly signingKey?: string;
}

/** The option for whoever leaves a record that auditors read. */
export function signingKeyOption(what: string): Option {
  return new Option(
    '--signing-key <file>',
    `private key in PEM that signs the record of the ${what} (default: LIFEBOAT_SIGNING_KEY_FILE, which names one; otherwise it is not signed)`,
  );
}

/** Undefined if no key was given. Throws `signing-key-unreadable` and `signing-key-invalid`, before anything is done. */
export async function givenSigner(
  { signingKey }: SigningOptions,
  { environment, directory }: Where,
): Promise<Signer | undefined> {
  const file = signingKey ?? (environment.LIFEBOAT_SIGNING_KEY_FILE || undefined);
  if (file === undefined) return undefined;
  const { signerOf } = await import('../../engine/attest/signing-key.ts');
  return signerOf(readKeyFile('signing', file, directory), file);
}

export function publicKeyOption(): Option {
  return new Option(
    '--public-key <file>',
    'public key in PEM that counts (repeatable: after a change of keys, name the old ones too)',
  ).argParser(several);
}

export async function givenPublicKeys(
  files: readonly string[] = [],
  { directory }: Where,
): Promise<PublicKey[]> {
  const { readPublicKey } = await import('../../engine/attest/public-keys.ts');
  return files.map((file) => readPublicKey(readKeyFile('public', file, directory), file));
}

/** A key has a few hundred bytes. */
const MOST_KEY_BYTES = 64 * 1024;

function readKeyFile(kind: 'signing' | 'public', file: string, directory: string): string {
  if (file.includes('-----BEGIN')) {
    throw usageError(
      `${kind}-key-unreadable`,
      'A key was given instead of the name of a file.',
      'Put it into a file, and name that file.',
      ...(kind === 'signing' ? ['On the command line, `ps` shows it to everybody on this machine.'] : []),
    );
  }
  let text: string;
  try {
    const path = resolve(directory, file);
    const { size } = statSync(path);
    text = size > MOST_KEY_BYTES ? '' : readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? `: ${error.code}` : '';
    throw usageError(
      `${kind}-key-unreadable`,
      `The ${kind} key ${file} cannot be read${code}.`,
      kind === 'signing' ? '`lifeboat evidence keygen` makes one.' : 'Name a file that holds the key as PEM.',
    );
  }
  return text;
}
