import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { resolveBackup } from '../engine/archive/resolve-backup.ts';
import { nameOfBackup } from '../engine/archive/vault.ts';
import type { DrillReport } from '../engine/drill/report.ts';
import type { CustomCheck } from '../engine/drill.ts';
import type { ObjectStore } from '../engine/storage/object-store.ts';
import { BACKUP_ARGUMENT, type BackupOptions, filterOf } from './program/backup-reference.ts';
import type { Context, Outcome } from './program/context.ts';
import { customCheck, readChecks, refuseRepeatedNames } from './program/custom-checks.ts';
import { EXIT_CODES } from './program/exit-codes.ts';
import { interruptedError, usageError } from './program/failure.ts';
import { classOption, jsonOption, nameOption } from './program/option-values.ts';
import { vaultOption } from './program/vault-option.ts';
import { drillText } from './terminal/drill-text.ts';
import { ProgressLine } from './terminal/progress-line.ts';

interface Options extends BackupOptions {
  readonly check?: readonly CustomCheck[];
  readonly checks?: string;
  readonly report?: string;
  readonly directory?: string;
}

export function drillCommand(context: Context): Command {
  return new Command('drill')
    .summary('restore a backup into a disposable PostgreSQL and compare it')
    .description(
      'Restores a backup into a PostgreSQL inside this very process, compares every table with what was read from the source, and throws it away. The first drill that passes leaves its report in the vault, as proof.json.',
    )
    .argument('[backup]', BACKUP_ARGUMENT, 'latest')
    .addOption(vaultOption())
    .addOption(nameOption("the source's name, where the vault holds several"))
    .addOption(classOption('only backups of this retention class'))
    .option(
      '--check <name=SQL=expected>',
      'a check of your own on the restored database: one row of one column, as text (may be repeated)',
      customCheck,
    )
    .option('--checks <file>', 'the same from a file: [{"name": "…", "sql": "SELECT …", "expect": "…"}]')
    .option('--report <file>', 'write the whole report there, as JSON')
    .option(
      '--directory <path>',
      'where the disposable database lies meanwhile (the temporary directory); needs about 2.3 times the size of the rows',
    )
    .addOption(jsonOption())
    .action(async (reference: string, options: Options) => {
      context.present(
        await context.withVault(options.vault, (store) => run(context, store, reference, options)),
      );
    });
}

async function run(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: Options,
): Promise<Outcome> {
  const { signal, directory } = context;
  const checks = refuseRepeatedNames([
    ...(options.check ?? []),
    ...(options.checks === undefined ? [] : readChecks(options.checks, directory)),
  ]);
  const place = await resolveBackup(store, reference, filterOf(options), { signal });
  // Loaded only now: a whole PostgreSQL comes with it, and `lifeboat --help` should not wait for that.
  const { drill } = await import('../engine/drill.ts');
  const progress = ProgressLine.of(context, 'tables');
  let report: DrillReport;
  try {
    report = await drill({
      store,
      place,
      checks,
      ...(options.directory === undefined ? {} : { directory: resolve(directory, options.directory) }),
      signal,
      observer: progress.observer,
    });
  } catch (error) {
    if (signal.aborted) {
      throw interruptedError(`The drill proved nothing, and the backup ${nameOfBackup(place)} is as it was.`);
    }
    throw error;
  } finally {
    progress.stop();
  }
  if (options.report !== undefined) await writeReport(resolve(directory, options.report), report);
  return {
    exitCode: report.verdict === 'failed' ? EXIT_CODES.drill : EXIT_CODES.fine,
    json: { vault: store.url, name: nameOfBackup(place), ...report, notices: progress.notices },
    text: (page) => drillText(report, progress.notices, page),
  };
}

async function writeReport(path: string, report: DrillReport): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  } catch {
    throw usageError(
      'report-unwritable',
      `The drill is done (${report.verdict}), but its report cannot be written to ${path}.`,
      'Name a file in a directory that exists and may be written.',
    );
  }
}
