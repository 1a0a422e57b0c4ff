import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ListedErasure } from '../../engine/erasures/erasure-entry.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { addedText, erasuresText } from '../../present/terminal/erasures-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { addBackupOptions, type BackupOptions, filterOf } from '../options/backup-reference.ts';
import { holdReason } from '../options/hold-reason.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { jsonOption, nameOption } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { windowOf } from '../options/time-options.ts';
import { vaultOption } from '../options/vault-option.ts';
import { userOf } from '../options/who-asks.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface AddOptions extends BackupOptions, IdentityOptions {
  readonly table: string;
  readonly where: string;
  readonly key?: readonly string[];
  readonly reason: string;
  readonly by?: string;
  readonly directory?: string;
}

const EXAMPLES = `
Examples:
  lifeboat erasures add --table public.users --where "id = 42" --reason "request 17"
  lifeboat erasures list
docs/data-subject-requests.md says what a restore does with the list.
`;

export function erasuresCommand(context: Context): Command {
  return new Command('erasures')
    .summary('keep a list of erased rows, which no restore brings back')
    .description(
      'Keeps a list of rows that were erased, beside the backups. A restore leaves them out, and says so. The list holds digests of keys, and no key.',
    )
    .addHelpText('after', EXAMPLES)
    .addCommand(addCommand(context))
    .addCommand(listCommand(context));
}

function addCommand(context: Context): Command {
  const command = addBackupOptions(
    new Command('add')
      .summary('put rows on the list')
      .description(
        'Finds rows in the backups and puts digests of their keys on the list of their source. Deletes nothing: delete the rows in the database yourself.',
      )
      .requiredOption('--table <name>', 'table that holds the rows')
      .requiredOption('--where <condition>', 'condition on its rows: "id = 42"')
      .requiredOption('--reason <text>', 'why, without naming the person: "request 17"', holdReason)
      .option('--by <name>', 'who asks (default: the name of the user who runs this)', holdReason)
      .option(
        '--key <column>',
        'column that tells the rows apart (repeatable; default: the primary key)',
        several,
      )
      .option(
        '--directory <path>',
        'where to keep fetched tables meanwhile (default: the temporary directory)',
      ),
  );
  return addIdentityOption(command)
    .addOption(jsonOption())
    .action(async (options: AddOptions) => {
      context.present(await withReadableVault(context, options, (store) => add(context, store, options)));
    });
}

function listCommand(context: Context): Command {
  return new Command('list')
    .summary('show the list')
    .description('Shows what is on the list of erasures: tables, numbers of rows, reasons. It holds no key.')
    .addOption(vaultOption())
    .addOption(nameOption('only erasures of this source'))
    .addOption(jsonOption())
    .action(async (options: Pick<BackupOptions, 'vault' | 'name'>) => {
      context.present(await context.withVault(options.vault, (store) => list(context, store, options)));
    });
}

async function add(context: Context, store: ObjectStore, options: AddOptions): Promise<CommandOutcome> {
  const { signal, now, directory } = context;
  const { table, where, key, reason, by = userOf(context) } = options;
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { addErasure } = await import('../../engine/erase/add-erasure.ts');
  const progress = ProgressLine.of(context, 'backups');
  try {
    const report = await addErasure({
      ...{ store, table, where, key, reason, by, filter: filterOf(options) },
      ...{ window: windowOf(options, context), now: now(), signal, observer: progress.observer },
      ...(options.directory === undefined ? {} : { directory: resolve(directory, options.directory) }),
    });
    return {
      exitCode: EXIT_CODES.fine,
      json: {
        ...{ vault: store.url, added: report.added },
        unreadable: report.unreadable.map(({ name }) => name),
        ...{ inheritingNotSearched: report.heirs, withoutTable: report.withoutTable },
      },
      text: (page) => addedText(report, table, page),
    };
  } catch (error) {
    if (signal.aborted)
      throw interruptedError('`lifeboat erasures list` shows whether the rows are on the list already.');
    throw error;
  } finally {
    progress.stop();
  }
}

async function list(
  { signal }: Context,
  store: ObjectStore,
  { name }: Pick<BackupOptions, 'name'>,
): Promise<CommandOutcome> {
  const { listErasures, sourcesWithErasures } = await import('../../engine/erasures/erasure-entry.ts');
  const sources = name === undefined ? await sourcesWithErasures(store, { signal }) : [name];
  const listed: ListedErasure[] = [];
  for (const source of sources) listed.push(...(await listErasures(store, source, { signal })));
  const erasures = listed.map(({ key: object, entry }) => ({
    ...{ object, source: entry.source, table: `${entry.table.schema}.${entry.table.name}`, key: entry.key },
    ...{ rows: entry.digests.length, reason: entry.reason, by: entry.by, at: entry.at },
  }));
  return {
    exitCode: EXIT_CODES.fine,
    json: { vault: store.url, erasures },
    text: (page) => erasuresText(erasures, store.url, page),
  };
}
