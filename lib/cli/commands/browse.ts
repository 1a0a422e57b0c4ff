import { resolve } from 'node:path';
import { Command } from 'commander';
import type { OpenBackup } from '../../engine/browse/browse.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { summaryOf } from '../../present/json/backup-summary.ts';
import { browseText } from '../../present/terminal/browse-text.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { addBackupOptions, BACKUP_ARGUMENT, type BackupOptions } from '../options/backup-reference.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { addMomentOptions, backupOrMoment, type MomentOptions } from '../options/moment-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import type { Context } from '../program/context.ts';

interface Options extends BackupOptions, IdentityOptions, MomentOptions {
  readonly table?: readonly string[];
  readonly schema?: readonly string[];
  readonly port?: number;
  readonly directory?: string;
  readonly json?: boolean;
}

export function browseCommand(context: Context): Command {
  const command = addIdentityOption(
    addBackupOptions(
      new Command('browse')
        .summary('open a backup for psql or any other client')
        .description(
          'Opens a backup as a read-only PostgreSQL on this machine, until Ctrl-C. All tables are there; the rows of a table are fetched when a statement first uses it.',
        )
        .argument('[backup]', BACKUP_ARGUMENT, 'latest'),
    ),
  );
  return addMomentOptions(command)
    .option('--table <name>', 'load this table at the start, however large it is (repeatable)', several)
    .option('--schema <name>', 'load all tables of this schema at the start (repeatable)', several)
    .option('--port <n>', 'port on 127.0.0.1 (default: any free port)', wholeNumber(1, 65535))
    .option(
      '--directory <path>',
      'where to keep the opened tables meanwhile (default: the temporary directory)',
    )
    .addOption(jsonOption())
    .action((reference: string, options: Options) =>
      withReadableVault(context, options, (store) => run(context, store, reference, options)),
    );
}

/** Prints the address as soon as clients can connect. Ctrl-C is the normal end and no failure. */
async function run(context: Context, store: ObjectStore, reference: string, options: Options): Promise<void> {
  const { signal, directory, stdout, environment } = context;
  const { place, moment } = await backupOrMoment(store, reference, options, context);
  // Loaded only now: it contains a whole PostgreSQL, and `lifeboat --help` should not wait for that.
  const { browse } = await import('../../engine/browse/browse.ts');
  const progress = ProgressLine.of(context, 'tables');
  const say = (open: OpenBackup) => {
    progress.stop();
    const summary = summaryOf(place, open.manifest);
    if (options.json) {
      const { host, port, user, password, database } = open;
      const loaded = open.loaded.map(({ schema, name }) => `${schema}.${name}`);
      const json = {
        vault: store.url,
        ...summary,
        host,
        port,
        user,
        password,
        database,
        loaded,
        lacks: open.lacks,
      };
      stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    } else {
      const page = pageOf(stdout, environment);
      stdout.write(`${browseText({ ...open, summary, now: context.now() }, page).join('\n')}\n`);
    }
  };
  try {
    await browse(
      {
        store,
        place,
        ...(moment ? { moment } : {}),
        ...(options.table === undefined ? {} : { tables: options.table }),
        ...(options.schema === undefined ? {} : { schemas: options.schema }),
        ...(options.port === undefined ? {} : { port: options.port }),
        ...(options.directory === undefined ? {} : { directory: resolve(directory, options.directory) }),
        signal,
        observer: progress.observer,
      },
      say,
    );
  } finally {
    progress.stop();
  }
}
