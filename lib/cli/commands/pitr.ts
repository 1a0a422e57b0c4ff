import { Command, Option } from 'commander';
import { HOST_PROFILES, type HostProfile } from '../../contract/host-profiles.ts';
import { nameFromDatabase } from '../../contract/source-names.ts';
import { checkSourceName } from '../../engine/archive/keys.ts';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { disableText, enableText, statusText, watchText } from '../../present/terminal/pitr-text.ts';
import { durationValue } from '../options/capture-options.ts';
import { sizeValue } from '../options/health-options.ts';
import { jsonOption, nameOption } from '../options/option-values.ts';
import { addRecipientOptions, givenRecipients, type RecipientOptions } from '../options/recipient-options.ts';
import { sourceOption, sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { Context } from '../program/context.ts';
import { every } from '../program/every.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';

interface CommonOptions extends SshOptions {
  readonly source?: string;
  readonly vault?: string;
  readonly name?: string;
}

interface EnableOptions extends CommonOptions, RecipientOptions {
  readonly hostProfile?: HostProfile;
  readonly eventTrigger?: boolean;
  readonly newServer?: boolean;
}

interface WatchOptions extends CommonOptions {
  readonly maxHeldWal: number;
  readonly every?: number;
}

const MAX_HELD_WAL = '2GiB';

export function pitrCommand(context: Context): Command {
  return new Command('pitr')
    .summary('switch the capture of changes on and off, and watch it')
    .description(
      'Point in time: with captured changes, a database can be restored to any moment and not only to last night. See docs/point-in-time.md for what it is and what it is not.',
    )
    .addCommand(enableCommand(context))
    .addCommand(statusCommand(context))
    .addCommand(watchCommand(context))
    .addCommand(disableCommand(context));
}

function named(name: string): Command {
  return new Command(name)
    .addOption(sourceOption())
    .addOption(sshOption('the database', 'LIFEBOAT_SSH'))
    .addOption(nameOption("source's name in the vault (default: the database's name)"));
}

function enableCommand(context: Context): Command {
  const command = named('enable')
    .summary('make the publication and the slot')
    .description(
      'Publishes the tables that have a key, makes a logical replication slot, and begins an epoch in the vault. Says what is captured, what is not, and everything that the source lacks; then it changes nothing.',
    )
    .addOption(vaultOption())
    .option(
      '--event-trigger',
      "put the place of schema changes into the stream, by two event triggers in the source (default: don't)",
    )
    .option(
      '--new-server',
      'the source has moved to another server, by an upgrade or a restore: begin a new epoch there',
    )
    .addOption(
      new Option(
        '--host-profile <profile>',
        'hosting provider, whose remedies are named (default: detected from the host name)',
      ).choices(HOST_PROFILES),
    );
  return addRecipientOptions(command)
    .addOption(jsonOption())
    .action(async (options: EnableOptions) => {
      const recipients = await givenRecipients(options, context);
      await withBoth(context, options, async (store, settings, source) => {
        const { enable } = await import('../../engine/capture/enable.ts');
        const { hostProfile, eventTrigger, newServer } = options;
        const report = await enable({
          ...{ settings, store, source, recipients, hostProfile, signal: context.signal },
          ...(eventTrigger ? { eventTrigger } : {}),
          ...(newServer ? { newServer } : {}),
        });
        context.present({
          exitCode: EXIT_CODES.fine,
          json: { vault: store.url, source, ...report },
          text: (page) => enableText(report, page),
        });
      });
    });
}

function statusCommand(context: Context): Command {
  return named('status')
    .summary('show the recovery point, the slot and the epochs')
    .description(
      'Shows up to which moment changes are in the vault, how much WAL the slot holds, which tables are not captured, and the epochs: stretches of time without a gap.',
    )
    .addOption(vaultOption())
    .addOption(jsonOption())
    .action((options: CommonOptions) =>
      withBoth(context, options, async (store, settings, source) => {
        const { readStatus } = await import('../../engine/capture/status.ts');
        const status = await readStatus({ settings, store, source, signal: context.signal });
        context.present({
          exitCode: status.state === 'broken' ? EXIT_CODES.doctor : EXIT_CODES.fine,
          json: { vault: store.url, ...status },
          text: (page) => statusText(status, page),
        });
      }),
    );
}

function watchCommand(context: Context): Command {
  return named('watch')
    .summary('drop the slot before its WAL fills the disk')
    .description(
      'Measures the WAL that the slot holds, and drops the slot at the limit: a backup must never stop the database. Needs no vault. Run it apart from the capture, on another machine.',
    )
    .option('--max-held-wal <size>', 'the limit, such as 2GiB', sizeValue, sizeValue(MAX_HELD_WAL))
    .option(
      '--every <duration>',
      'look again and again, such as 1m, until it is interrupted (default: once)',
      durationValue,
    )
    .addOption(jsonOption())
    .action((options: WatchOptions) =>
      withWayTo(
        sourceSettings(options.source, context.environment, options.ssh),
        context,
        async (settings) => {
          const { watchSlot } = await import('../../engine/capture/watch-slot.ts');
          const { signal } = context;
          const source = sourceNameOf(options, settings);
          await every(options.every, signal, async () => {
            const result = await watchSlot({ settings, source, maxHeldWalBytes: options.maxHeldWal, signal });
            const isBad = result.verdict === 'dropped' || result.verdict === 'lost';
            context.present({
              exitCode: isBad ? EXIT_CODES.doctor : EXIT_CODES.fine,
              json: { source, ...result },
              text: (page) => watchText(result, page),
            });
          });
        },
      ),
    );
}

function disableCommand(context: Context): Command {
  return named('disable')
    .summary('drop the slot and everything else on the source')
    .description(
      'Drops the slot first, then event triggers and publication, and notes the end in the vault. Works half enabled, and when the vault is gone. What the vault holds stays restorable until it expires.',
    )
    .addOption(vaultOption())
    .addOption(jsonOption())
    .action(async (options: CommonOptions) => {
      const { disable } = await import('../../engine/capture/disable.ts');
      await withWayTo(
        sourceSettings(options.source, context.environment, options.ssh),
        context,
        async (settings) => {
          const source = sourceNameOf(options, settings);
          const off = (store?: ObjectStore) => disable({ settings, source, store, signal: context.signal });
          // Without a vault's name, the source is freed all the same.
          const report =
            options.vault === undefined && !context.environment.LIFEBOAT_VAULT
              ? await off()
              : await context.withVault(options.vault, off);
          context.present({
            exitCode: EXIT_CODES.fine,
            json: { source, ...report },
            text: (page) => disableText(source, report, page),
          });
        },
      );
    });
}

async function withBoth(
  context: Context,
  options: CommonOptions,
  use: (store: ObjectStore, settings: ConnectionSettings, source: string) => Promise<void>,
): Promise<void> {
  const way = sourceSettings(options.source, context.environment, options.ssh);
  await context.withVault(options.vault, (store) =>
    withWayTo(way, context, (settings) => use(store, settings, sourceNameOf(options, settings))),
  );
}

function sourceNameOf({ name }: CommonOptions, { database }: ConnectionSettings): string {
  return checkSourceName(name ?? nameFromDatabase(database));
}
