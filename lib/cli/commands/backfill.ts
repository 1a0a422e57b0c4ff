import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { BackfillPlan, BackfillReport } from '../../engine/backfill/backfill.ts';
import type { BackfillRequest, Counts } from '../../engine/backfill/backfill-request.ts';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import { backfillPlanText, backfillText, costOf } from '../../present/terminal/backfill-text.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { countOf } from '../../present/terminal/units.ts';
import {
  amountValue,
  columnsValue,
  type MethodOptions,
  methodFrom,
  nullsOf,
} from '../options/backfill-options.ts';
import { durationValue } from '../options/capture-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { targetOption, targetSettings } from '../options/target-option.ts';
import { confirm } from '../program/confirmation.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';

interface Options extends SshOptions, MethodOptions {
  readonly target?: string;
  readonly table: string;
  readonly set: string;
  readonly where?: string;
  readonly batchSize: number;
  readonly jobs: number;
  readonly rate?: number;
  readonly requestRate?: number;
  readonly retries: number;
  readonly timeout: number;
  readonly statementTimeout: number;
  readonly lockTimeout: number;
  readonly nulls?: BackfillRequest['nulls'];
  readonly withoutTriggers?: boolean;
  readonly failures: string;
  readonly costPer1000?: number;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly startOver?: boolean;
  readonly yes?: string;
}

const EXAMPLES = `
Examples:
  export LIFEBOAT_TARGET_URL=postgres://postgres:password@db.example.com/shop
  lifeboat backfill --table users --set search_name --sql "lower(name)" --dry-run
  lifeboat backfill --table documents --set embedding --where "embedding IS NULL" \\
    --inputs title,body --url https://api.openai.com/v1/embeddings --format openai \\
    --model text-embedding-3-small --bearer OPENAI_API_KEY --request-rate 50
  lifeboat backfill --table documents --set language --inputs body --command "python3 detect.py"
docs/backfill.md describes what a command or an endpoint gets and answers.
`;

export function backfillCommand(context: Context): Command {
  return new Command('backfill')
    .summary('compute a column anew, for all rows or some of them')
    .description(
      'Computes a derived column anew after a restore or a migration, embeddings for example: in batches, several at once, at a rate that you set. A row that somebody changes meanwhile is computed again. The database itself notes what is done, so a run that was killed goes on with --resume: it skips no row, and repeats no batch.',
    )
    .optionsGroup('What:')
    .addOption(targetOption('database to change'))
    .addOption(sshOption('that database', 'LIFEBOAT_TARGET_SSH'))
    .requiredOption('--table <table>', 'the table; it needs a primary key, or a unique index without NULLs')
    .requiredOption('--set <column>', 'the column that gets the values')
    .option('--where <condition>', 'only rows that fulfil this condition of SQL (default: all rows)')
    .optionsGroup('How values are computed:')
    .option('--sql <expression>', 'by the server, with an expression of SQL')
    .option(
      '--command <command>',
      'by a command that reads a row a line as JSON, and writes a value a line (docs/backfill.md)',
    )
    .option('--url <url>', 'by an HTTP endpoint that takes and gives batches as JSON (docs/backfill.md)')
    .option('--inputs <columns>', 'columns that the command or the endpoint gets: title,body', columnsValue)
    .addOption(
      new Option(
        '--format <format>',
        'with --url: rows, or openai, an embeddings request as OpenAI and many others take it (default: rows)',
      ).choices(['rows', 'openai']),
    )
    .option('--model <name>', 'with --format openai: the model')
    .option(
      '--bearer <variable>',
      'with --url: the variable of the environment that holds the key for `Authorization: Bearer`',
    )
    .option(
      '--header <name=variable>',
      'with --url: a header, and the variable of the environment that holds its value (repeatable)',
      several,
    )
    .addOption(
      new Option(
        '--nulls <how>',
        'write a NULL, or keep the row as it is (default: write with --sql, otherwise keep)',
      ).choices(['write', 'keep']),
    )
    .optionsGroup('How fast:')
    .option('--batch-size <rows>', 'rows of a batch, which is one transaction', wholeNumber(1, 10_000), 100)
    .option('--jobs <n>', 'batches at the same time', wholeNumber(1, 64), 4)
    .option('--rate <rows>', 'rows a second, at most (default: no limit)', amountValue)
    .option(
      '--request-rate <requests>',
      'requests a second, at most, new tries included (default: no limit)',
      amountValue,
    )
    .option(
      '--retries <n>',
      'new tries of a batch, after 1, 2, 4 … seconds, or as the endpoint asks',
      wholeNumber(0, 20),
      5,
    )
    .option(
      '--timeout <duration>',
      'how long the command or the endpoint may take for a batch',
      durationValue,
      60_000,
    )
    .option('--statement-timeout <duration>', 'how long a statement may take', durationValue, 60_000)
    .option(
      '--lock-timeout <duration>',
      'how long a batch waits for a row that others lock',
      durationValue,
      5000,
    )
    .optionsGroup('Care:')
    .option(
      '--without-triggers',
      'write with session_replication_role = replica, so that triggers and foreign keys do not fire; needs a superuser (default: they fire)',
    )
    .option('--failures <file>', 'where to list the rows that were refused', 'backfill-failures.ndjson')
    .option('--cost-per-1000 <amount>', 'what 1,000 rows cost, to show what all of them cost', amountValue)
    .option('--dry-run', 'show how many rows there are and what they cost, and stop there')
    .option('--resume', 'go on where the same backfill stopped')
    .option('--start-over', 'forget what the same backfill has done before')
    .option('--yes <database>', 'for scripts: name of the database, instead of typing it when asked')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      context.present(await run(context, options));
    });
}

async function run(context: Context, options: Options): Promise<CommandOutcome> {
  const { environment, signal } = context;
  if (options.resume && options.startOver) {
    throw usageError(
      'backfill-option-unfit',
      '--resume and --start-over contradict each other.',
      'Give one of them.',
    );
  }
  const method = methodFrom(options, environment);
  const named = targetSettings(options.target, environment, options.ssh);
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { backfill, planBackfill } = await import('../../engine/backfill/backfill.ts');
  if (method.kind === 'http')
    (await import('../../engine/backfill/computing/by-http.ts')).endpoint(method.url);
  const progress = ProgressLine.of(context, 'rows');
  let counts: Counts | undefined;
  return await withWayTo(
    named,
    context,
    async (settings) => {
      const request: BackfillRequest = {
        settings,
        table: options.table,
        column: options.set,
        inputs: options.inputs ?? [],
        method,
        where: options.where,
        batchSize: options.batchSize,
        jobs: options.jobs,
        rowsPerSecond: options.rate,
        requestsPerSecond: options.requestRate,
        retries: options.retries,
        answerTimeoutMs: options.timeout,
        statementTimeoutMs: options.statementTimeout,
        lockTimeoutMs: options.lockTimeout,
        nulls: nullsOf(options.nulls, method),
        withoutTriggers: options.withoutTriggers ?? false,
        resume: options.resume ?? false,
        startOver: options.startOver ?? false,
        environment,
        signal,
        onNotice: (notice) => progress.observer.onNotice?.(notice),
        onProgress: (now, total) => {
          counts = now;
          const done = now.written + now.kept + now.failed + now.gone;
          progress.observer.onProgress?.({
            phase: 'backfill',
            tablesDone: done,
            tablesTotal: Math.max(total, done),
            items: 'rows',
            rawBytes: 0,
          });
        },
      };
      if (options.dryRun) return planOutcome(await planBackfill(request), request, options);
      const file = resolve(context.directory, options.failures);
      try {
        const report = await backfill(
          request,
          (plan) =>
            confirm(context, {
              database: plan.database,
              yes: options.yes,
              explanation: () =>
                backfillPlanText(
                  { plan, request, costPer1000: options.costPer1000 },
                  pageOf(context.stderr, environment),
                ),
            }),
          (failed) => keepFailed(file, { table: options.table, column: options.set }, failed),
        );
        return outcomeOf(report, options.failures, progress.notices);
      } catch (error) {
        if (signal.aborted) throw interruptedError(stateAfter(counts));
        throw error;
      } finally {
        progress.stop();
      }
    },
    { asTarget: true },
  );
}

/** For its owner alone: keys may be names, and an endpoint's words may hold anything. */
async function keepFailed(
  file: string,
  of: { readonly table: string; readonly column: string },
  failed: BackfillReport['failed'],
): Promise<void> {
  const lines = failed.map((one) => `${JSON.stringify({ ...of, ...one })}\n`);
  try {
    await writeFile(file, lines.join(''), { mode: 0o600 });
  } catch (error) {
    throw new LifeboatError({
      code: 'backfill-failures-not-written',
      kind: 'usage',
      what: `The list of refused rows could not be written: ${messageOf(error)}.`,
      meaning: 'The database keeps the list until it is written. Every other row has its value.',
      remedy: 'Run the same command with --resume, and with --failures for another file.',
      cause: error,
    });
  }
}

function stateAfter(counts: Counts | undefined): string {
  if (!counts) return 'No row was changed, or what an earlier run had done stays as it was.';
  return `${countOf(counts.written, 'row')} ${counts.written === 1 ? 'has its' : 'have their'} new value, and the batches that were at work were rolled back. To continue: the same command with --resume. To leave it: DROP SCHEMA lifeboat_backfill CASCADE in the database.`;
}

function planOutcome(plan: BackfillPlan, request: BackfillRequest, { costPer1000 }: Options): CommandOutcome {
  const { table, rows, database } = plan;
  return {
    exitCode: EXIT_CODES.fine,
    json: {
      dryRun: true,
      database,
      table: `${table.schema}.${table.name}`,
      column: table.column.name,
      key: table.key.map(({ name }) => name),
      rows,
      batches: Math.ceil(rows / request.batchSize),
      cost: costOf(rows, costPer1000) ?? null,
      triggers: table.triggers,
      indexes: table.indexes,
      inheritingNotFilled: table.heirs,
    },
    text: (page) => [...backfillPlanText({ plan, request, costPer1000 }, page), 'Nothing was changed.'],
  };
}

function outcomeOf(report: BackfillReport, file: string, notices: readonly string[]): CommandOutcome {
  const { failed, ...rest } = report;
  const isComplete = failed.length === 0;
  return {
    exitCode: isComplete ? EXIT_CODES.fine : EXIT_CODES.target,
    json: { ...rest, remaining: report.remaining ?? null, failures: isComplete ? null : file, notices },
    text: (page) => backfillText(report, file, page),
  };
}
