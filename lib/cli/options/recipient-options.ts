import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Recipients } from '../../engine/age/recipients.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { several } from './several.ts';

export interface RecipientOptions {
  readonly ageRecipient?: readonly string[];
  readonly ageRecipientsFile?: readonly string[];
}

export function addRecipientOptions(command: Command): Command {
  return command
    .option(
      '--age-recipient <key>',
      'encrypt definitions and rows to this public key of age, age1… or age1pq1…; who loses the secret key loses the backup (repeatable)',
      several,
    )
    .option(
      '--age-recipients-file <file>',
      'the same, to the public keys in a file, one a line (repeatable)',
      several,
    );
}

/** The same options for a restore, which encrypts only what it keeps of the target. */
export function addSafetyRecipientOptions(command: Command): Command {
  return command
    .option(
      '--age-recipient <key>',
      'encrypt the safety backup to this public key of age (repeatable; default: the recipients of the backup)',
      several,
    )
    .option(
      '--age-recipients-file <file>',
      'the same, to the public keys in a file, one a line (repeatable)',
      several,
    );
}

/** Like {@link givenRecipients}; refuses recipients where no safety backup was asked for. */
export async function safetyRecipients(
  options: RecipientOptions & { readonly safetyBackup: boolean },
  context: Pick<Context, 'directory'>,
): Promise<Recipients | undefined> {
  const recipients = await givenRecipients(options, context);
  if (recipients === undefined || options.safetyBackup) return recipients;
  throw usageError(
    'restore-recipients-unused',
    'The recipients are those of the safety backup, and --no-safety-backup leaves it out.',
    'Leave out --no-safety-backup, or --age-recipient and --age-recipients-file.',
  );
}

/** The recipients that the options name; undefined if they name none. Throws `age-recipient-invalid`. */
export async function givenRecipients(
  { ageRecipient, ageRecipientsFile }: RecipientOptions,
  { directory }: Pick<Context, 'directory'>,
): Promise<Recipients | undefined> {
  if (ageRecipient === undefined && ageRecipientsFile === undefined) return undefined;
  const { checkRecipients, recipientsInText } = await import('../../engine/age/recipients.ts');
  const inFiles = (ageRecipientsFile ?? []).flatMap((file) => {
    const found = recipientsInText(readRecipientsFile(file, directory));
    if (found.length > 0) return found;
    throw usageError(
      'age-recipient-invalid',
      `The recipients file ${file} names no recipient.`,
      'Write public keys into it, one a line: `age-keygen -y key.txt >> recipients.txt`.',
      'Nothing was backed up.',
    );
  });
  return await checkRecipients([...(ageRecipient ?? []), ...inFiles]);
}

function readRecipientsFile(file: string, directory: string): string {
  try {
    return readFileSync(resolve(directory, file), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? `: ${error.code}` : '';
    throw usageError(
      'age-recipient-invalid',
      `The recipients file ${file} cannot be read${code}.`,
      'Name a file of public keys, one a line.',
      'Nothing was backed up.',
    );
  }
}
