import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import { nameFromDatabase } from '../../contract/source-names.ts';
import { checkSourceName, manualBackupId } from '../../engine/archive/keys.ts';
import type { CaptureMemory, CaptureRequest } from '../../engine/capture/capture.ts';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { captureText } from '../../present/terminal/pitr-text.ts';
import { durationValue } from '../options/capture-options.ts';
import { jsonOption, nameOption } from '../options/option-values.ts';
import { addRecipientOptions, givenRecipients, type RecipientOptions } from '../options/recipient-options.ts';
import { sourceOption, sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { Context } from '../program/context.ts';
import { every } from '../program/every.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { failureOf } from '../program/failure.ts';

interface Options extends RecipientOptions, SshOptions {
  readonly source?: string;
  readonly vault?: string;
  readonly name?: string;
  readonly every?: number;
  readonly longestPoll?: number;
  readonly quietEntry?: number;
  readonly base: 'take' | 'none';
}

export function captureCommand(context: Context): Command {
  const command = new Command('capture')
    .summary('bring the changes since the last capture into the vault')
    .description(
      'Reads what has changed since the last capture from the slot that `lifeboat pitr enable` made, stores it in the vault, and then lets the slot go on. It may be interrupted at any moment.',
    )
    .addOption(sourceOption())
    .addOption(sshOption('the database', 'LIFEBOAT_SSH'))
    .addOption(vaultOption())
    .addOption(nameOption("source's name in the vault (default: the database's name)"))
    .option(
      '--every <duration>',
      'capture again and again, such as 1m, until it is interrupted (default: once)',
      durationValue,
    )
    .option(
      '--longest-poll <duration>',
      'end at the next commit after two thirds of this time, and without a trace at its end (default: 10m)',
      durationValue,
    )
    .option(
      '--quiet-entry <duration>',
      'how often to note in the vault that nothing happened (default: 5m)',
      durationValue,
    )
    .addOption(
      new Option(
        '--base <choice>',
        'take: back the database up when a new epoch needs a base; none: only say so',
      )
        .choices(['take', 'none'])
        .default('take'),
    );
  return addRecipientOptions(command)
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const named = sourceSettings(options.source, context.environment, options.ssh);
      const recipients = await givenRecipients(options, context);
      await withWayTo(named, context, (settings) => run(context, options, { settings, recipients }));
    });
}

async function run(
  context: Context,
  options: Options,
  { settings, recipients }: Pick<CaptureRequest, 'settings' | 'recipients'>,
): Promise<void> {
  const { signal } = context;
  const source = checkSourceName(options.name ?? nameFromDatabase(settings.database));
  const { capture } = await import('../../engine/capture/capture.ts');
  const memory: CaptureMemory = { holder: randomUUID() };
  const poll = async (store: ObjectStore) => {
    const result = await capture({
      ...{ settings, store, source, recipients, memory, signal, now: context.now },
      ...(options.longestPoll === undefined ? {} : { longestPollMs: options.longestPoll }),
      ...(options.quietEntry === undefined ? {} : { quietEntryEveryMs: options.quietEntry }),
      ...(options.base === 'take'
        ? { takeBase: () => takeBase(store, source, { settings, recipients }, context) }
        : {}),
    });
    context.present({
      exitCode: EXIT_CODES.fine,
      json: { vault: store.url, source, ...result, ended: result.ended ?? null },
      text: (page) => captureText(result, page),
    });
  };
  // After a failure the vault is opened again: a directory that has lost what was written takes nothing more until then.
  const pollWhileItWorks = () =>
    context.withVault(options.vault, (store) => every(options.every, signal, () => poll(store)));
  await every(options.every, signal, () =>
    options.every === undefined ? pollWhileItWorks() : pollWhileItWorks().catch(goOnAfter(context)),
  );
}

/** A loop outlives a source or a vault that does not answer for a while; a wrong command line ends it. */
function goOnAfter({ signal, stderr, environment }: Context) {
  return (error: unknown): void => {
    const failure = failureOf(error, environment);
    const isFinal = ['usage', 'internal'].includes(failure.kind) || failure.code === 'pitr-other-server';
    if (signal.aborted || isFinal) throw error instanceof LifeboatError ? error : failure;
    stderr.write(`${failure.what} Trying again.\n`);
  };
}

async function takeBase(
  store: ObjectStore,
  source: string,
  {
    settings,
    recipients,
  }: { readonly settings: ConnectionSettings; readonly recipients: CaptureRequest['recipients'] },
  { now, signal }: Context,
): Promise<void> {
  const { backup } = await import('../../engine/backup/backup.ts');
  const place = { retentionClass: 'daily', source, backupId: manualBackupId(now()) } as const;
  await backup({ settings, store, place, recipients, signal, reason: 'base of captured changes' });
}
