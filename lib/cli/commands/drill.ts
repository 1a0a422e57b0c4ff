import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ChangeProof } from '../../engine/archive/changes/change-proof.ts';
import type { DrillReport } from '../../engine/archive/drill-report.ts';
import type { BackupPlace } from '../../engine/archive/keys.ts';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { CustomCheck, DrillRequest } from '../../engine/drill/drill.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { changeProofText } from '../../present/terminal/change-proof-text.ts';
import { drillText } from '../../present/terminal/drill-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import {
  addBackupOptions,
  BACKUP_ARGUMENT,
  type BackupOptions,
  namedBackup,
} from '../options/backup-reference.ts';
import { customCheck, readChecks, refuseRepeatedNames } from '../options/check-options.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { givenSigner, type SigningOptions, signingKeyOption } from '../options/key-options.ts';
import { addWatchedOptions } from '../options/notify-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { quietOption } from '../options/quiet-option.ts';
import { type ServerMemoryOptions, serverMemoryOption } from '../options/server-memory-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { targetSettings } from '../options/target-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';

interface Options extends BackupOptions, IdentityOptions, SshOptions, ServerMemoryOptions, SigningOptions {
  readonly check?: readonly CustomCheck[];
  readonly checks?: string;
  readonly report?: string;
  readonly directory?: string;
  /** True: `--target` without a URL, so the environment names the server. */
  readonly target?: string | true;
  readonly jobs?: number;
}

export function drillCommand(context: Context): Command {
  const command = addIdentityOption(
    addBackupOptions(
      new Command('drill')
        .summary('restore a backup into a disposable PostgreSQL and compare it')
        .description(
          'Restores a backup into a PostgreSQL inside this process, compares every table with what was read from the source, and throws the copy away. The first drill that passes stores its report in the vault, as proof.json.',
        )
        .argument('[backup]', BACKUP_ARGUMENT, 'latest'),
    ),
  )
    .option(
      '--check <name=SQL=expected>',
      'your own check of the restored database: a query that returns one row of one column, as text (repeatable)',
      customCheck,
    )
    .option('--checks <file>', 'file of such checks: [{"name": "…", "sql": "SELECT …", "expect": "…"}]')
    .option('--report <file>', 'write the whole report to this file, as JSON')
    .option(
      '--directory <path>',
      'where to keep the disposable database, which needs about 2.3 times the size of the rows (default: the temporary directory)',
    )
    .option(
      '--target [url]',
      'restore into a server instead, in a database that the drill creates and drops (default URL: LIFEBOAT_TARGET_URL, which `ps` does not show)',
    )
    .addOption(sshOption('the server of --target', 'LIFEBOAT_TARGET_SSH'))
    .option(
      '--jobs <n>',
      'with --target: connections that work at the same time (default: 4)',
      wholeNumber(1, 64),
    )
    .addOption(serverMemoryOption('with --target: '));
  return addWatchedOptions(command.addOption(signingKeyOption('drill')))
    .addOption(quietOption())
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
  const { signal, directory } = context;
  const checks = refuseRepeatedNames([
    ...(options.check ?? []),
    ...(options.checks === undefined ? [] : readChecks(options.checks, directory)),
  ]);
  const signer = await givenSigner(options, context);
  const place = await namedBackup(store, reference, options, context);
  const progress = ProgressLine.of(context, 'tables');
  let report: DrillReport;
  try {
    report = await hold(
      context,
      { store, place, checks, signer, signal, observer: progress.observer },
      options,
    );
  } catch (error) {
    if (signal.aborted) {
      throw interruptedError(`The drill proved nothing. The backup ${nameOfBackup(place)} is unchanged.`);
    }
    throw error;
  } finally {
    progress.stop();
  }
  const changes =
    report.verdict === 'failed' ? undefined : await provenChanges(store, place, options, context);
  if (options.report !== undefined) await writeReport(resolve(directory, options.report), report);
  return {
    exitCode:
      report.verdict === 'failed' || changes?.verdict === 'failed' ? EXIT_CODES.drill : EXIT_CODES.fine,
    json: {
      vault: store.url,
      name: nameOfBackup(place),
      ...report,
      changes: changes ?? null,
      notices: progress.notices,
    },
    text: (page) => [...drillText(report, progress.notices, page), ...changeProofText(changes, page)],
  };
}

/** The changes captured since the backup before, if there are any: replayed up to this backup, and compared with it. */
async function provenChanges(
  store: ObjectStore,
  place: BackupPlace,
  options: Options,
  { signal, directory }: Context,
): Promise<ChangeProof | undefined> {
  const { proveChanges } = await import('../../engine/prove/prove-changes.ts');
  const where = options.directory === undefined ? {} : { directory: resolve(directory, options.directory) };
  return await proveChanges({ store, place, signal, ...where });
}

/** Drills in this process or on a server. The code is loaded only now: `lifeboat --help` should not wait. */
async function hold(context: Context, request: DrillRequest, options: Options): Promise<DrillReport> {
  const { target, jobs, maintenanceWorkMem, ssh } = options;
  const { directory, environment } = context;
  if (target === undefined) {
    if (ssh !== undefined) {
      throw usageError(
        'ssh-without-target',
        '--ssh leads to the server of --target, and there is none.',
        'Add --target, or leave out --ssh: without a target, the drill needs no server.',
      );
    }
    const { drill } = await import('../../engine/drill/drill.ts');
    const place = options.directory === undefined ? {} : { directory: resolve(directory, options.directory) };
    return await drill({ ...request, ...place });
  }
  const { drillOnServer } = await import('../../engine/drill/drill-on-server.ts');
  const named = targetSettings(target === true ? undefined : target, environment, ssh);
  return await withWayTo(
    named,
    context,
    (server) =>
      drillOnServer({
        ...request,
        server,
        ...(jobs === undefined ? {} : { jobs }),
        ...(maintenanceWorkMem === undefined ? {} : { maintenanceWorkMem }),
      }),
    { asTarget: true },
  );
}

async function writeReport(path: string, report: DrillReport): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  } catch {
    throw usageError(
      'report-unwritable',
      `The drill is done (${report.verdict}), but Lifeboat cannot write its report to ${path}.`,
      'Name a file in a directory that exists and that you may write to.',
    );
  }
}
