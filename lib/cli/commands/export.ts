import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import { type Destination, intoFile, intoStore } from '../../engine/export/destination.ts';
import type { ExportFrom } from '../../engine/export/export.ts';
import type { NamedQuery } from '../../engine/export/origins/origin.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { exportText } from '../../present/terminal/export-text.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { addBackupOptions, BACKUP_ARGUMENT, type BackupOptions } from '../options/backup-reference.ts';
import {
  addExportFormatOptions,
  type ExportFormatOptions,
  formatOptionsOf,
  namedQuery,
} from '../options/export-options.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { addMomentOptions, backupOrMoment, type MomentOptions } from '../options/moment-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { vaultUrl } from '../options/vault-option.ts';
import type { Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';
import { writeBytes } from '../program/write-bytes.ts';

interface Options extends BackupOptions, IdentityOptions, MomentOptions, SshOptions, ExportFormatOptions {
  readonly source?: string | true;
  readonly table?: readonly string[];
  readonly schema?: readonly string[];
  readonly query?: readonly NamedQuery[];
  readonly out?: string;
  readonly into?: string;
  readonly keepDays?: number;
  readonly directory?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  lifeboat export --table public.users > users.csv
  lifeboat export --table public.users --out users.parquet
  lifeboat export --schema app --into exports/app --format ndjson --compress zstd
  lifeboat export --query "paying=SELECT * FROM public.users WHERE paying" --into s3://my-exports/finance
  lifeboat export --to "2026-11-29 14:05:30+01" --table public.users --out users.csv
  lifeboat export --source --table public.users --out users.csv
docs/export.md says how each type is written.
`;

export function exportCommand(context: Context): Command {
  const command = addBackupOptions(
    new Command('export')
      .summary('write tables or results of queries as CSV, NDJSON or Parquet')
      .description(
        'Exports tables or results of queries from a backup, a moment between two backups, or the source, as CSV, NDJSON or Parquet. Needs no database for a backup. Only reads. Writes to stdout unless you name a file, a directory or an S3 URL.',
      )
      .argument('[backup]', BACKUP_ARGUMENT, 'latest')
      .optionsGroup('What:')
      .option('--table <name>', 'export this table (repeatable)', several)
      .option('--schema <name>', 'export all tables of this schema (repeatable)', several)
      .option(
        '--query <sql>',
        'export the result of a query: "SELECT …", or "name=SELECT …" to name its file (repeatable)',
        namedQuery,
      )
      .optionsGroup('From where:')
      .addOption(
        new Option(
          '--source [url]',
          'read the source itself, in one snapshot, and no backup (default of the URL: LIFEBOAT_SOURCE_URL, or PGHOST, PGUSER, PGPASSWORD …)',
        ),
      )
      .addOption(sshOption('the source', 'LIFEBOAT_SSH')),
  );
  addMomentOptions(addIdentityOption(command))
    .optionsGroup('To where:')
    .addOption(new Option('--out <file>', 'one file, for one table or query').conflicts('into'))
    .option('--into <place>', 'a directory or s3://bucket/prefix, for any number of files and their record')
    .option(
      '--keep-days <n>',
      'write into the record when the export should be deleted',
      wholeNumber(1, 36_500),
    )
    .option(
      '--directory <path>',
      'where to keep fetched tables meanwhile, for queries and moments (default: the temporary directory)',
    )
    .optionsGroup('How:');
  return addExportFormatOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((reference: string, options: Options) => run(context, reference, options));
}

async function run(context: Context, reference: string, options: Options): Promise<void> {
  refuseContradictions(options);
  if (options.source === undefined) {
    await withReadableVault(context, options, async (store) => {
      const { place, moment } = await backupOrMoment(store, reference, options, context);
      await write(context, options, { store, place, ...(moment ? { moment } : {}) }, store.url);
    });
    return;
  }
  if (reference !== 'latest') {
    throw usageError(
      'export-options',
      `A backup, ${reference}, and --source were given.`,
      'Leave one of them out.',
    );
  }
  const url = options.source === true ? undefined : options.source;
  const named = sourceSettings(url, context.environment, options.ssh);
  await withWayTo(named, context, (settings) => write(context, options, { settings }, undefined));
}

async function write(
  context: Context,
  options: Options,
  from: ExportFrom,
  vault: string | undefined,
): Promise<void> {
  const { signal, environment, directory, now, stderr } = context;
  const format = formatOptionsOf(options, options.out);
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { exportRows } = await import('../../engine/export/export.ts');
  const progress = ProgressLine.of(context, 'tables');
  const { destination, close } = await openDestination(context, options, vault, () => progress.stop());
  try {
    const record = await exportRows({
      ...format,
      from,
      to: destination,
      ...{ tables: options.table, schemas: options.schema, queries: options.query },
      keepDays: options.keepDays,
      ...(options.directory === undefined ? {} : { directory: resolve(directory, options.directory) }),
      ...{ now, signal, observer: progress.observer },
    });
    progress.stop();
    const place = isStdout(options) ? undefined : destination.name;
    const complete = { ...record, notes: [...record.notes, ...progress.notices] };
    if (place === undefined) {
      stderr.write(`${exportText(complete, undefined, pageOf(stderr, environment)).join('\n')}\n`);
      return;
    }
    context.present({
      exitCode: EXIT_CODES.fine,
      json: { to: place, ...complete },
      text: (page) => exportText(complete, place, page),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interruptedError(
      isStdout(options)
        ? 'The output is not complete: do not use it.'
        : 'The export is not complete. Files that have their names are whole; there is no record of them.',
    );
  } finally {
    progress.stop();
    await close();
  }
}

function isStdout({ out, into }: Options): boolean {
  return (out === undefined || out === '-') && into === undefined;
}

interface OpenDestination {
  readonly destination: Destination;
  close(): Promise<void>;
}

async function openDestination(
  { stdout, directory, environment, signal }: Context,
  options: Options,
  vault: string | undefined,
  onFirst: () => void,
): Promise<OpenDestination> {
  const { out, into } = options;
  if (isStdout(options)) {
    return {
      destination: {
        name: 'stdout',
        write: async (_, body) => {
          for await (const piece of body) {
            onFirst();
            await writeBytes(stdout, piece);
          }
        },
      },
      close: async () => {},
    };
  }
  const { openStore } = await import('../../engine/storage/open-store.ts');
  const path = resolve(directory, out ?? '');
  const url = into === undefined ? pathToFileURL(dirname(path)).href : vaultUrl(into, environment, directory);
  refuseVault(url, [vault, knownVault(environment, directory)]);
  const store: ObjectStore = openStore(url, { create: true });
  return {
    destination:
      into === undefined ? intoFile(store, basename(path), path, signal) : intoStore(store, '', signal),
    close: () => store.close(),
  };
}

function knownVault(environment: Context['environment'], directory: string): string | undefined {
  return environment.LIFEBOAT_VAULT ? vaultUrl(undefined, environment, directory) : undefined;
}

/** What lies in a vault is locked, kept and replicated like a backup. An export must go when it is not needed any more. */
function refuseVault(url: string, vaults: ReadonlyArray<string | undefined>): void {
  const inside = (one: string, other: string) =>
    `${one.replace(/\/+$/, '')}/`.startsWith(`${other.replace(/\/+$/, '')}/`);
  const vault = vaults.find((one) => one !== undefined && inside(url, one));
  if (vault === undefined) return;
  throw usageError(
    'export-into-vault',
    `${url} lies in the vault ${vault}.`,
    'Name a bucket, a prefix or a directory outside of the vault.',
    'What lies in a vault is kept and locked like a backup, and an export should be deleted soon.',
  );
}

function refuseContradictions(options: Options): void {
  const { table, schema, query, out, into, json, source, to, toLsn, beforeTransaction } = options;
  const items = (table?.length ?? 0) + (query?.length ?? 0);
  if (into === undefined && (items > 1 || schema !== undefined)) {
    throw usageError(
      'export-options',
      'Several tables or queries need several files.',
      'Add --into with a directory or s3://bucket/prefix.',
    );
  }
  if (json && isStdout(options)) {
    throw usageError(
      'export-options',
      '--json describes an export, and stdout would hold the export itself.',
      'Add --out or --into. For rows as JSON, use --format ndjson.',
    );
  }
  if (out !== undefined && /^s3:/i.test(out)) {
    throw usageError('export-options', '--out is a file of this machine.', `Use --into ${dirname(out)}.`);
  }
  if (source !== undefined && [to, toLsn, beforeTransaction].some((moment) => moment !== undefined)) {
    throw usageError(
      'moment-contradiction',
      'The source shows only the present moment.',
      'Leave out --source, or the moment.',
    );
  }
}
