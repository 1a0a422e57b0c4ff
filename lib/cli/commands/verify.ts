import { Command } from 'commander';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { type VerificationReport, verifyBackup } from '../../engine/verify/verify.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { verificationText } from '../../present/terminal/verification-text.ts';
import { addBackupOptions, BACKUP_ARGUMENT, namedBackup } from '../options/backup-reference.ts';
import { addIdentityOption, withReadableVault } from '../options/identity-option.ts';
import { addNotifyOptions } from '../options/notify-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import type { VerifyOptions } from '../options/verify-options.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { usageError } from '../program/failure.ts';

export function verifyCommand(context: Context): Command {
  const command = addIdentityOption(
    addBackupOptions(
      new Command('verify')
        .summary('read a backup in full and compare it with its manifest')
        .description(
          'Reads every object of a backup, compares sizes, SHA-256, rows and digests with its manifest, and compares its volume with the backups before it; with --all, every backup in the vault. Needs no database. Only a drill proves that a backup can be restored.',
        )
        .argument('[backup]', BACKUP_ARGUMENT, 'latest'),
    ),
  )
    .option(
      '--require-table <name>',
      'report damage if this table or its rows are missing (repeatable)',
      several,
    )
    .option('--jobs <n>', 'objects to read at the same time (default: 4)', wholeNumber(1, 64))
    .option('--all', 'read every backup in the vault; --name and --class choose among them')
    .option(
      '--record',
      'with --all: write down in the vault when each backup was read and what was found, as the scrub on AWS does; `lifeboat list` shows it',
    )
    .option(
      '--unless-read-within <days>',
      'with --all: leave out backups that were recorded as intact within so many days, to go on after an interruption',
      wholeNumber(1, 3650),
    );
  return addNotifyOptions(command)
    .addOption(jsonOption())
    .action(async (reference: string, options: VerifyOptions) => {
      context.present(
        await withReadableVault(context, options, (store) => chosen(context, store, reference, options)),
      );
    });
}

async function chosen(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: VerifyOptions,
): Promise<CommandOutcome> {
  const { all, record, unlessReadWithin } = options;
  if (!all) {
    if (record || unlessReadWithin !== undefined) {
      throw usageError(
        'verify-without-all',
        '--record and --unless-read-within belong to --all.',
        'Add --all to read every backup in the vault.',
      );
    }
    return await verify(context, store, reference, options);
  }
  // Loaded only now: the other commands do not need it.
  const { verifyAll } = await import('./verify-all.ts');
  return await verifyAll(context, store, reference, options);
}

async function verify(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: VerifyOptions,
): Promise<CommandOutcome> {
  const { signal } = context;
  const place = await namedBackup(store, reference, options, context);
  const progress = ProgressLine.of(context, 'objects');
  try {
    const report = await verifyBackup(store, place, {
      signal,
      ...(options.jobs === undefined ? {} : { concurrency: options.jobs }),
      ...(options.requireTable === undefined ? {} : { requireTables: options.requireTable }),
      onProgress: ({ objects, objectsDone, storedBytes, storedBytesDone }) =>
        progress.observer.onProgress?.({
          phase: 'verify',
          tablesDone: objectsDone,
          tablesTotal: objects,
          rawBytes: storedBytesDone,
          expectedBytes: storedBytes,
        }),
    });
    return outcome(report, store.url);
  } finally {
    progress.stop();
  }
}

function outcome(report: VerificationReport, vault: string): CommandOutcome {
  const { place, volume = null, encryption = null, ...rest } = report;
  return {
    exitCode: report.verdict === 'intact' ? EXIT_CODES.fine : EXIT_CODES.verification,
    json: { vault, name: nameOfBackup(place), ...place, ...rest, volume, encryption },
    text: (page) => verificationText(report, page),
  };
}
