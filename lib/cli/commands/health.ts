import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import type { HealthReport } from '../../engine/health/health.ts';
import type { PreviousHealth } from '../../engine/health/previous.ts';
import type { GivenHealthSettings, HealthSettings } from '../../engine/health/settings.ts';
import { healthText } from '../../present/terminal/health-text.ts';
import { type GivenThresholds, sizeValue, thresholdValue } from '../options/health-options.ts';
import { jsonOption } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import type { Context } from '../program/context.ts';
import { EXIT_CODES, type ExitCode } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';

interface Options extends SshOptions {
  readonly source?: string;
  readonly sizeLimit?: number;
  readonly apiSchema?: readonly string[];
  readonly threshold?: GivenThresholds;
  readonly settings?: string;
  readonly previous?: string;
  readonly failOn: 'critical' | 'warning';
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
    .action(async (options: Options) => {
      const { environment, signal, now } = context;
      const source = sourceSettings(options.source, environment, options.ssh);
      const settings = await givenSettings(options, context);
      const previous = await givenPrevious(options, context);
      const { health } = await import('../../engine/health/health.ts');
      try {
        const report = await withWayTo(source, context, (reached) =>
          health({ source: reached, settings, previous, now, signal }),
        );
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
