import { type Command, Option } from 'commander';
import { usageError } from '../program/failure.ts';
import type { MomentOptions } from './moment-options.ts';
import { wholeNumber } from './option-values.ts';
import type { RestoreOptions } from './restore-options.ts';

/** Options of `restore --rows` and `restore --undo`. */
export interface RowsOptions {
  readonly rows?: boolean;
  readonly where?: string;
  readonly overwrite?: boolean;
  readonly deleteAdded?: boolean;
  readonly follow?: boolean;
  readonly skipConflicts?: boolean;
  readonly fireTriggers?: boolean;
  readonly allowAltered?: boolean;
  readonly batchRows?: number;
  readonly despiteReadOnly?: boolean;
  readonly limit?: number;
  readonly undo?: string;
}

export function addRowsOptions(command: Command): Command {
  return command
    .optionsGroup('Rows, into tables that exist:')
    .option('--rows', 'bring back rows of the --table given: those that are missing (by primary key)')
    .option('--overwrite', 'with --rows: also write over rows that changed since the backup')
    .option('--delete-added', 'with --rows: also delete rows that were added since the backup')
    .option(
      '--where <condition>',
      "with --rows: only rows for which this SQL is true in the backup, as in 'tenant_id = 42'",
    )
    .option('--follow', 'with --rows: also rows that refer to these, and missing rows that they refer to')
    .addOption(
      new Option(
        '--batch-rows <n>',
        'with --rows: rows to change in each transaction; what is committed stays (default: all in one)',
      ).argParser(wholeNumber(1, 1_000_000)),
    )
    .option('--skip-conflicts', 'with --rows or --undo: do the rest when some rows conflict with others')
    .option(
      '--fire-triggers',
      'with --rows or --undo: let triggers fire (default: off, if the role may switch them off)',
    )
    .option(
      '--allow-altered',
      'with --rows or --undo: keep rows that triggers change on their way (default: such a row is a conflict)',
    )
    .option(
      '--despite-read-only',
      'with --rows or --undo: write although default_transaction_read_only is on (default: refuse)',
    )
    .addOption(
      new Option(
        '--limit <n>',
        'with --rows or --undo: keys to show of each kind for each table (default: 10)',
      ).argParser(wholeNumber(0, 1_000_000)),
    )
    .option('--undo <copy>', 'put back what a --rows run changed; <copy> is the safety copy that it named');
}

/** Refuses options that mean nothing with --rows or --undo, or only with them. */
export function checkRowsOptions(options: RowsOptions & RestoreOptions & MomentOptions): void {
  const given = (names: ReadonlyArray<readonly [flag: string, value: unknown]>) =>
    names.filter(([, value]) => value !== undefined && value !== false).map(([flag]) => flag);
  const onlyRows = given([
    ['--where', options.where],
    ['--overwrite', options.overwrite],
    ['--delete-added', options.deleteAdded],
    ['--follow', options.follow],
    ['--batch-rows', options.batchRows],
  ]);
  const both = given([
    ['--skip-conflicts', options.skipConflicts],
    ['--fire-triggers', options.fireTriggers],
    ['--allow-altered', options.allowAltered],
    ['--despite-read-only', options.despiteReadOnly],
    ['--limit', options.limit],
  ]);
  const whole = given([
    ['--exclude-table', options.excludeTable],
    ['--exclude-schema', options.excludeSchema],
    ['--as', options.as],
    ['--as-schema', options.asSchema],
    ['--as-suffix', options.asSuffix],
    ['--data-only', options.dataOnly],
    ['--schema-only', options.schemaOnly],
    ['--no-owner', !options.owner],
    ['--no-privileges', !options.privileges],
    ['--map-role', options.mapRole],
    ['--roles', options.roles],
    ['--database-settings', options.databaseSettings],
    ['--into-existing', options.intoExisting],
    ['--create-database', options.createDatabase],
    ['--resume', options.resume],
    ['--tier', options.tier],
    ['--to', options.to],
    ['--to-lsn', options.toLsn],
    ['--before-transaction', options.beforeTransaction],
  ]);
  if (options.rows && options.undo !== undefined) throw unfit('--undo', '--rows', 'Use one of them.');
  if (!options.rows && onlyRows[0] !== undefined) {
    throw unfit(onlyRows[0], undefined, 'Add --rows.');
  }
  if (!options.rows && options.undo === undefined && both[0] !== undefined) {
    throw unfit(both[0], undefined, 'Add --rows, or --undo.');
  }
  if ((options.rows || options.undo !== undefined) && whole[0] !== undefined) {
    throw unfit(whole[0], options.rows ? '--rows' : '--undo', `Leave out ${whole.join(', ')}.`);
  }
  const selecting = given([
    ['--table', options.table],
    ['--schema', options.schema],
  ]);
  if (options.undo !== undefined && selecting[0] !== undefined) {
    throw unfit(selecting[0], '--undo', 'A safety copy is undone as a whole.');
  }
}

function unfit(option: string, other: string | undefined, remedy: string) {
  const what =
    other === undefined
      ? `${option} says which rows are brought back, or how, but a whole restore was asked for.`
      : `${option} cannot be used with ${other}.`;
  return usageError('restore-rows-options', what, remedy);
}
