import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { keygenText } from '../../present/terminal/evidence-text.ts';
import { jsonOption } from '../options/option-values.ts';
import { writeNewFile } from '../options/written-file.ts';
import type { Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';

interface Options {
  readonly out: string;
}

export function keygenCommand(context: Context): Command {
  return new Command('keygen')
    .summary('make a key that signs records of drills and restores')
    .description(
      'Makes a pair of ed25519 keys, as `openssl genpkey -algorithm ed25519` does: the private key for --signing-key, and the public one, in a file of the same name with .pub, for auditors. Overwrites nothing.',
    )
    .option('--out <file>', 'where to write the private key', 'lifeboat-signing-key.pem')
    .addOption(jsonOption())
    .action(async ({ out }: Options) => {
      const { newSigningKey } = await import('../../engine/attest/signing-key.ts');
      const privateFile = resolve(context.directory, out);
      const publicFile = `${privateFile}.pub`;
      const { privatePem, publicPem, keyId } = newSigningKey();
      // The public one first: if it is in the way, no private key is left behind.
      if (!existsSync(privateFile)) writeNewFile(publicFile, publicPem);
      writeNewFile(privateFile, privatePem, { isSecret: true });
      context.present({
        exitCode: EXIT_CODES.fine,
        json: { privateKey: privateFile, publicKey: publicFile, keyId },
        text: (page) => keygenText({ privateFile, publicFile, keyId }, page),
      });
    });
}
