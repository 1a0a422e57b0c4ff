import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { diffText } from '../../present/terminal/diff-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { addBackupOptions, BACKUP_ARGUMENT, type BackupOptions } from '../options/backup-reference.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { addMomentOptions, backupOrMoment, type MomentOptions } from '../options/moment-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface Options extends BackupOptions, IdentityOptions, MomentOptions, SshOptions {
  readonly source?: string;
  readonly table?: readonly string[];
  readonly schema?: readonly string[];
  readonly limit?: number;
  readonly rows?: boolean;
  readonly directory?: string;
}

export function diffCommand(context: Context): Command {
  const command = addIdentityOption(
    addBackupOptions(
      new Command('diff')
        .summary('show what was deleted, added and changed since a backup')
        .description(
          'Compares a backup, or a moment between two (--to), with a database, row by row. Shows how many rows were deleted, added and changed since, with the keys of the first ones. Only reads both.',
        )
        .argument('[backup]', BACKUP_ARGUMENT, 'latest')
        .addOption(
          new Option(
            '--source <url>',
            'database to compare with, postgres://user:password@host:5432/database (default: LIFEBOAT_SOURCE_URL, or PGHOST, PGUSER, PGPASSWORD …)',
          ),
        )
        .addOption(sshOption('that database', 'LIFEBOAT_SSH')),
    ),
  );
  return addMomentOptions(command)
    .option(
      '--table <name>',
      'compare only this table (repeatable); without --table and --schema, the database schema is compared too',
      several,
    )
    .option('--schema <name>', 'compare only tables of this schema (repeatable)', several)
    .option(
      '--limit <n>',
      'examples to show of each kind for each table (default: 10)',
      wholeNumber(0, 1_000_000),
    )
    .option('--rows', 'show examples with all their columns, not only their keys')
    .option(
      '--directory <path>',
      'where to keep keys that do not fit into memory (default: the temporary directory)',
    )
    .addOption(jsonOption())
    .action(async (reference: string, options: Options) => {
      context.present(
        await withReadableVault(context, options, (store) => run(context, store, reference, options)),
      );
    });
}

async function run(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: Options,
): Promise<CommandOutcome> {
  const { signal, directory, environment } = context;
  const named = sourceSettings(options.source, environment, options.ssh);
  const { place, moment } = await backupOrMoment(store, reference, options, context);
  const { diff } = await import('../../engine/diff/diff.ts');
  const progress = ProgressLine.of(context, 'tables');
  try {
    const report = await withWayTo(named, context, (settings) =>
      diff({
        store,
        place,
        moment,
        settings,
        ...(options.table === undefined ? {} : { tables: options.table }),
        ...(options.schema === undefined ? {} : { schemas: options.schema }),
        ...(options.limit === undefined ? {} : { limit: options.limit }),
        wholeRows: options.rows ?? false,
        ...(options.directory === undefined ? {} : { directory: resolve(directory, options.directory) }),
        signal,
        observer: progress.observer,
      }),
    );
    const name = nameOfBackup(place);
    return {
      exitCode: EXIT_CODES.fine,
      json: { vault: store.url, name, source: named.display, ...report, notices: progress.notices },
      text: (page) =>
        diffText(
          {
            name,
            source: named.display,
            namedSource: options.source !== undefined,
            report,
            notices: progress.notices,
          },
          page,
        ),
    };
  } catch (error) {
    if (signal.aborted) throw interruptedError('The comparison was stopped. Nothing was changed.');
    throw error;
  } finally {
    progress.stop();
  }
}
