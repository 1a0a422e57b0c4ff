import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { CsvResult } from '../../present/csv/csv-result.ts';
import { JsonResult } from '../../present/json/json-result.ts';
import type { PrintedResult } from '../../present/printed-result.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { printable } from '../../present/terminal/printable.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { TableResult } from '../../present/terminal/table-result.ts';
import { addBackupOptions, BACKUP_ARGUMENT, type BackupOptions } from '../options/backup-reference.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { addMomentOptions, backupOrMoment, type MomentOptions } from '../options/moment-options.ts';
import type { Context } from '../program/context.ts';
import { interruptedError } from '../program/failure.ts';

const FORMATS = ['table', 'csv', 'json'] as const;

interface Options extends BackupOptions, IdentityOptions, MomentOptions {
  readonly format: (typeof FORMATS)[number];
  readonly directory?: string;
}

export function queryCommand(context: Context): Command {
  const command = addIdentityOption(
    addBackupOptions(
      new Command('query')
        .summary('run one SQL query on a backup')
        .description(
          'Runs one statement on a backup, read-only, and prints its result. Fetches only the tables that the statement needs.',
        )
        .argument('<backup>', BACKUP_ARGUMENT)
        .argument('<sql>', 'one SQL statement: "SELECT * FROM public.users WHERE id = 42"'),
    ),
  );
  return addMomentOptions(command)
    .addOption(new Option('--format <format>', 'output format').choices(FORMATS).default('table'))
    .addOption(new Option('--csv', 'same as --format csv').conflicts('json').implies({ format: 'csv' }))
    .addOption(new Option('--json', 'same as --format json').implies({ format: 'json' }))
    .option(
      '--directory <path>',
      'where to keep the fetched tables meanwhile (default: the temporary directory)',
    )
    .action((reference: string, sql: string, options: Options) =>
      withReadableVault(context, options, (store) => run(context, store, { reference, sql }, options)),
    );
}

async function run(
  context: Context,
  store: ObjectStore,
  { reference, sql }: { reference: string; sql: string },
  options: Options,
): Promise<void> {
  const { signal, directory, stderr } = context;
  const { place, moment } = await backupOrMoment(store, reference, options, context);
  // Loaded only now: it contains a whole PostgreSQL, and `lifeboat --help` should not wait for that.
  const { query } = await import('../../engine/browse/query/query.ts');
  const progress = ProgressLine.of(context, 'tables');
  const result = resultIn(options.format, context, () => progress.stop());
  try {
    const { tag, notices } = await query(
      {
        store,
        place,
        ...(moment ? { moment } : {}),
        sql,
        ...(options.directory === undefined ? {} : { directory: resolve(directory, options.directory) }),
        signal,
        observer: progress.observer,
      },
      result,
    );
    progress.stop();
    result.end(tag);
    for (const notice of notices) stderr.write(`Note: ${printable(notice)}.\n`);
  } catch (error) {
    if (signal.aborted)
      throw interruptedError(`Nothing was changed, and ${nameOfBackup(place)} is as before.`);
    throw error;
  } finally {
    progress.stop();
  }
}

/** Calls `onFirst` before it prints anything. */
function resultIn(
  format: Options['format'],
  { stdout, environment }: Context,
  onFirst: () => void,
): PrintedResult {
  const print = (text: string) => {
    onFirst();
    stdout.write(text);
  };
  switch (format) {
    case 'csv':
      return new CsvResult(print);
    case 'json':
      return new JsonResult(print);
    case 'table':
      return new TableResult(print, pageOf(stdout, environment));
  }
}
