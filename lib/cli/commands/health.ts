import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { nameFromDatabase } from '../../contract/source-names.ts';
import { checkSourceName } from '../../engine/archive/keys.ts';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import type { HealthReport } from '../../engine/health/health.ts';
import type { PreviousHealth } from '../../engine/health/previous.ts';
import type { GivenHealthSettings, HealthSettings } from '../../engine/health/settings.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { installedText } from '../../present/terminal/health-functions-text.ts';
import { healthText } from '../../present/terminal/health-text.ts';
import { type GivenThresholds, sizeValue, thresholdValue } from '../options/health-options.ts';
import { jsonOption, nameOption, wholeNumber } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES, type ExitCode } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';
import { DEFAULT_ADDRESS, type HealthAddress, healthAddress, isLoopback } from '../serve/health-address.ts';

interface Options extends SshOptions {
  readonly source?: string;
  readonly sizeLimit?: number;
  readonly apiSchema?: readonly string[];
  readonly threshold?: GivenThresholds;
  readonly settings?: string;
  readonly previous?: string;
  readonly failOn: 'critical' | 'warning';
  readonly install?: boolean;
  readonly remove?: boolean;
  readonly print?: boolean;
  readonly grantTo?: readonly string[];
  readonly serve?: HealthAddress | true;
  readonly every: number;
  readonly vault?: string;
  readonly name?: string;
  readonly maxAge: number;
  readonly maxProofAge: number;
}

export function healthCommand(context: Context): Command {
  return new Command('health')
    .summary('measure the source: connections, slow queries, sizes, vacuum, row security')
    .description(
      "Measures the source by the server's own statistics, judges each figure, and says what to do. Changes nothing, locks no table, reads no row. A role with pg_monitor is enough; what a role or a host does not allow is `unknown`.",
    )
    .addOption(
      new Option(
        '--source <url>',
        'database to measure (default: LIFEBOAT_SOURCE_URL, or PGHOST, PGUSER, PGPASSWORD …)',
      ),
    )
    .addOption(sshOption('that database', 'LIFEBOAT_SSH'))
    .option(
      '--size-limit <size>',
      'how large the database may become, such as 8GB (default: no limit)',
      sizeValue,
    )
    .option(
      '--api-schema <name>',
      "schema that an API serves; may be repeated (default: what PostgREST is told, or Supabase's own)",
      several,
    )
    .option(
      '--threshold <check=warning/critical>',
      'thresholds of a check, such as connections=70/90; may be repeated (default: docs/health.md)',
      thresholdValue,
    )
    .option('--settings <file>', 'JSON file with sizeLimitBytes, apiSchemas, thresholds; options override it')
    .option(
      '--previous <file>',
      'what `lifeboat health --json` printed last time: rates are counted since then. A file that is not there is the first run',
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit with 8 from this severity on')
        .choices(['critical', 'warning'])
        .default('critical'),
    )
    .addOption(jsonOption())
    .option(
      '--serve [host:port]',
      'measure again and again, and answer monitors at /health and /metrics (default: 127.0.0.1:9971; other addresses need LIFEBOAT_HEALTH_TOKEN)',
      healthAddress,
    )
    .option('--every <minutes>', 'with --serve: how often to measure', wholeNumber(1, 60), 5)
    .addOption(
      new Option(
        '--vault <url>',
        'with --serve: the vault whose backups are watched too (default: LIFEBOAT_VAULT, or none)',
      ),
    )
    .addOption(nameOption("with --serve: source's name in the vault (default: the database's name)"))
    .option(
      '--max-age <hours>',
      'with --serve: how old the newest backup may be',
      wholeNumber(1, 100_000),
      25,
    )
    .option(
      '--max-proof-age <hours>',
      'with --serve: how old the newest proven backup may be',
      wholeNumber(1, 100_000),
      192,
    )
    .option(
      '--install',
      'make or renew SQL functions for the same figures, in the schema lifeboat_health of the source',
    )
    .option('--remove', 'remove those functions and their schema')
    .option('--print', 'print the SQL of --install or --remove, and connect to nothing')
    .option(
      '--grant-to <role>',
      'with --install: role that may call them; may be repeated (default: who may now, or pg_monitor)',
      several,
    )
    .action(async (options: Options) => {
      if (options.install || options.remove || options.print || options.grantTo) {
        return context.present(await migrate(options, context));
      }
      if (options.serve !== undefined) return context.present(await serve(options, context));
      const { environment, signal } = context;
      const source = sourceSettings(options.source, environment, options.ssh);
      const settings = await givenSettings(options, context);
      const previous = await givenPrevious(options, context);
      const { healthThrough } = await import('../serve/serve-health.ts');
      try {
        const report = await healthThrough(source, { settings, previous }, context);
        context.present({
          exitCode: exitCodeOf(report, options.failOn),
          json: report,
          text: (page) => healthText(report, page),
        });
      } catch (error) {
        if (signal.aborted) throw interruptedError('Nothing was changed or left behind.');
        throw error;
      }
    });
}

async function migrate(options: Options, context: Context): Promise<CommandOutcome> {
  const { environment, signal } = context;
  const { install = false, remove = false, print = false, grantTo = [] } = options;
  if (install && remove) {
    throw usageError('options-exclude-each-other', '--install and --remove exclude each other.', 'Give one.');
  }
  if (!install && !remove) {
    const what = '--print and --grant-to go with --install or --remove.';
    throw usageError('health-functions-verb-missing', what, 'Add --install.');
  }
  if (print) {
    const { installSql, removeSql, USUAL_ROLE } = await import('../../engine/health/functions/migration.ts');
    const sql = remove ? removeSql() : installSql(grantTo.length > 0 ? grantTo : [USUAL_ROLE]);
    return { exitCode: EXIT_CODES.fine, json: { sql }, text: () => [sql.trimEnd()] };
  }
  const source = sourceSettings(options.source, environment, options.ssh);
  const { installFunctions, removeFunctions } = await import(
    '../../engine/health/functions/install-functions.ts'
  );
  const done = await withWayTo(source, context, (reached) =>
    remove
      ? removeFunctions({ source: reached, signal })
      : installFunctions({ source: reached, signal, roles: grantTo }),
  );
  return { exitCode: EXIT_CODES.fine, json: done, text: () => installedText(done) };
}

async function serve(options: Options, context: Context): Promise<CommandOutcome> {
  const { environment } = context;
  const address = options.serve === true || options.serve === undefined ? DEFAULT_ADDRESS : options.serve;
  const token = environment.LIFEBOAT_HEALTH_TOKEN || undefined;
  if (token === undefined && !isLoopback(address)) throw openToAll(address);
  const source = sourceSettings(options.source, environment, options.ssh);
  const settings = await givenSettings(options, context);
  const name = options.name ?? nameFromDatabase(source.database);
  checkSourceName(name);
  const hasVault = Boolean(options.vault ?? environment.LIFEBOAT_VAULT);
  const limits = {
    source: name,
    everyMinutes: options.every,
    maxAgeSeconds: hasVault ? options.maxAge * 3600 : undefined,
    maxProofAgeSeconds: hasVault ? options.maxProofAge * 3600 : undefined,
  };
  const { serveHealth } = await import('../serve/serve-health.ts');
  const run = (vault: ObjectStore | undefined) =>
    serveHealth({ address, token, source, settings, limits, vault }, context);
  if (hasVault) await context.withVault(options.vault, run);
  else await run(undefined);
  return { exitCode: EXIT_CODES.fine, json: { served: true }, text: () => ['Stopped.'] };
}

function openToAll({ host, port }: HealthAddress): LifeboatError {
  return usageError(
    'health-token-missing',
    `${host}:${port} can be reached from other machines, and there is no token.`,
    'Set LIFEBOAT_HEALTH_TOKEN to a long random text, which monitors send as `Authorization: Bearer …`, or serve at 127.0.0.1.',
  );
}

function exitCodeOf({ totals }: HealthReport, failOn: Options['failOn']): ExitCode {
  const fails = totals.critical > 0 || (failOn === 'warning' && totals.warning > 0);
  return fails ? EXIT_CODES.doctor : EXIT_CODES.fine;
}

async function givenSettings(options: Options, { directory }: Context): Promise<HealthSettings> {
  const { healthSettings } = await import('../../engine/health/settings.ts');
  const { settings: file, sizeLimit, apiSchema, threshold } = options;
  const base: GivenHealthSettings = file === undefined ? {} : healthSettings(await jsonOf(file, directory));
  const given: GivenHealthSettings = {
    sizeLimitBytes: sizeLimit ?? base.sizeLimitBytes,
    apiSchemas: apiSchema ?? base.apiSchemas,
    thresholds: { ...base.thresholds, ...threshold },
  };
  return healthSettings(given);
}

async function jsonOf(file: string, directory: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(resolve(directory, file), 'utf8'));
  } catch (error) {
    throw usageError(
      'health-settings-unreadable',
      `The settings in ${file} cannot be read: ${messageOf(error)}.`,
      'Name a file that holds a JSON object; docs/health.md shows one.',
    );
  }
}

async function givenPrevious(
  { previous: file }: Options,
  { directory }: Context,
): Promise<PreviousHealth | undefined> {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(resolve(directory, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LifeboatError({
      code: 'health-report-unreadable',
      kind: 'usage',
      what: `The report in ${file} cannot be read: ${messageOf(error)}.`,
      remedy: 'Name a file that holds what `lifeboat health --json` printed.',
    });
  }
  const { previousHealth } = await import('../../engine/health/previous.ts');
  return previousHealth(text, file);
}
