import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { findTables } from '../../engine/archive/find-tables.ts';
import { type FoundIn, heirsIn, lastExpiry } from '../../engine/search/find-rows.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { expiryOf } from '../../present/json/expiry.ts';
import { findText } from '../../present/terminal/find-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { addBackupOptions, type BackupOptions, filterOf } from '../options/backup-reference.ts';
import {
  addExportFormatOptions,
  type ExportFormatOptions,
  formatOptionsOf,
} from '../options/export-options.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { jsonOption } from '../options/option-values.ts';
import { windowOf } from '../options/time-options.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface Options extends BackupOptions, IdentityOptions, ExportFormatOptions {
  readonly table: string;
  readonly where: string;
  readonly follow?: boolean;
  readonly export?: string;
  readonly directory?: string;
}

const EXAMPLES = `
Examples:
  lifeboat find --table public.users --where "email = 'ada@example.com'"
  lifeboat find --table public.users --where "id = 42" --since 2026-01-01 --json
  lifeboat find --table public.users --where "id = 42" --export ada
docs/data-subject-requests.md says how to answer somebody who asks.
`;

export function findCommand(context: Context): Command {
  const command = addBackupOptions(
    new Command('find')
      .summary('find the backups that hold somebody’s rows')
      .description(
        'Looks for rows in all backups of the vault, or in those of a time. Says in which ones they are, and on which day the last of them will have expired. Reads only.',
      )
      .requiredOption('--table <name>', 'table to look in')
      .requiredOption(
        '--where <condition>',
        'condition on its rows: "email = \'ada@example.com\'"; equality of texts, whole numbers and UUIDs is fast',
      )
      .option('--follow', 'also count the rows that refer to them by foreign keys, however far')
      .option('--export <directory>', 'export the rows of each backup that holds others than the one before')
      .option(
        '--directory <path>',
        'where to keep fetched tables meanwhile (default: the temporary directory)',
      ),
  );
  return addExportFormatOptions(addIdentityOption(command))
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      context.present(await withReadableVault(context, options, (store) => run(context, store, options)));
    });
}

async function run(context: Context, store: ObjectStore, options: Options): Promise<CommandOutcome> {
  const { signal, now, directory } = context;
  const { table, where } = options;
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { findRows } = await import('../../engine/search/find-rows.ts');
  const progress = ProgressLine.of(context, 'backups');
  const temporary =
    options.directory === undefined ? {} : { directory: resolve(directory, options.directory) };
  try {
    const report = await findRows({
      ...{ store, table, where, filter: filterOf(options), window: windowOf(options, context) },
      ...{ ...temporary, now: now(), signal, observer: progress.observer },
    });
    const followed = options.follow
      ? await (await import('../../engine/erase/follow-found.ts')).followFound(report.backups, {
          ...{ store, table, where, signal, ...temporary },
        })
      : undefined;
    const exported =
      options.export === undefined
        ? undefined
        : await exportFound(context, store, report.backups, { ...options, export: options.export });
    const last = lastExpiry(report.backups);
    return {
      exitCode: EXIT_CODES.fine,
      json: {
        ...{ vault: store.url, table },
        backups: report.backups.map(({ outlook, manifest: _, heirs: __, ...one }) => ({
          ...one,
          expiry: expiryOf(outlook),
        })),
        lastExpiresAt: last && 'at' in last ? last.at.toISOString() : null,
        inheritingNotSearched: heirsIn(report.backups),
        kept: last && 'kept' in last ? last.kept.map(({ name }) => name) : [],
        changes: report.changes,
        changesNotSearched: report.changesOf,
        intervalsNotSearched: report.intervals.map(({ source, from, to }) => ({
          ...{ source, from: from?.time ?? null, to: to.time },
        })),
        followed: followed ?? null,
        exported: exported ?? [],
      },
      text: (page) =>
        findText(
          {
            report,
            table,
            vault: store.url,
            ...(exported ? { exported } : {}),
            ...(followed ? { followed } : {}),
          },
          page,
        ),
    };
  } catch (error) {
    if (signal.aborted) throw interruptedError('The search was stopped. Nothing was changed in the vault.');
    throw error;
  } finally {
    progress.stop();
  }
}

/** Exports the rows from the newest backup that has them, and from each older one that has others. */
async function exportFound(
  { signal, now, directory }: Context,
  store: ObjectStore,
  backups: readonly FoundIn[],
  options: Options & { readonly export: string },
): Promise<string[]> {
  const { exportRows } = await import('../../engine/export/export.ts');
  const { intoStore } = await import('../../engine/export/destination.ts');
  const { openStore } = await import('../../engine/storage/open-store.ts');
  const { fromWhere } = await import('../../engine/search/search-backup.ts');
  const into = resolve(directory, options.export);
  const seen = new Set<string>();
  const exported: string[] = [];
  for (const { name, rows, digest, manifest } of backups) {
    if (rows === 0 || !manifest || (digest !== null && seen.has(digest))) continue;
    if (digest !== null) seen.add(digest);
    const place = join(into, name.replaceAll('/', '_'));
    const to = openStore(pathToFileURL(place).href, { create: true });
    const parts = findTables(manifest, { tables: [options.table] });
    await exportRows({
      ...formatOptionsOf(options, undefined),
      from: { store, place: manifest },
      to: intoStore(to, '', signal),
      queries: [{ name: options.table, sql: `SELECT * ${fromWhere(parts, options.where)}` }],
      ...(options.directory === undefined ? {} : { directory: resolve(directory, options.directory) }),
      ...{ now, signal },
    });
    await to.close();
    exported.push(place);
  }
  return exported;
}
