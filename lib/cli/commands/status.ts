import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { checkSourceName } from '../../engine/archive/keys.ts';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import type { SourceState } from '../../engine/health/status/status.ts';
import { pruneOutlooks } from '../../engine/keep/prune-outlook.ts';
import { DEFAULT_LIMITS } from '../../engine/status/limits.ts';
import { readStatus } from '../../engine/status/read-status.ts';
import type { VaultStatus } from '../../engine/status/vault-status.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { statusSummaryOf } from '../../present/json/status-summary.ts';
import { statusText } from '../../present/terminal/status-text.ts';
import { jsonOption, nameOption, wholeNumber } from '../options/option-values.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { Context } from '../program/context.ts';
import { EXIT_CODES, type ExitCode } from '../program/exit-codes.ts';

interface Options {
  readonly vault?: string;
  readonly name?: string;
  readonly html?: string;
  readonly maxAge: number;
  readonly maxProofAge: number;
  readonly failOn: 'critical' | 'warning';
}

export function statusCommand(context: Context): Command {
  return new Command('status')
    .summary('am I safe? The answer for each source, as a table or a page')
    .description(
      'Answers for each source of the vault whether it is safe: whether a backup is recent enough, whether a drill has proven one, and what else somebody should look at. Reads the vault alone, and no row of it. Exits with 8 if a source is not safe, or if nobody knows.',
    )
    .addOption(vaultOption())
    .addOption(nameOption('only this source'))
    .addOption(
      new Option(
        '--html <file>',
        'write a page with history, trends and the last drill, which needs no network',
      ),
    )
    .option('--max-age <hours>', 'how old the newest backup may be', wholeNumber(1, 100_000), 25)
    .option(
      '--max-proof-age <hours>',
      'how old the newest proven backup may be',
      wholeNumber(1, 100_000),
      192,
    )
    .addOption(
      new Option('--fail-on <state>', 'exit with 8 from this state on')
        .choices(['critical', 'warning'])
        .default('critical'),
    )
    .addOption(jsonOption())
    .action(async (options: Options) => {
      await context.withVault(options.vault, (store) => status(context, store, options));
    });
}

async function status(context: Context, store: ObjectStore, options: Options): Promise<void> {
  const { now, signal, environment, directory } = context;
  const found = await readStatus({
    ...{ store, signal, now: now(), mayHoldCopies: true, readOnesOwn: pruneOutlooks },
    ...(options.name !== undefined && { only: checkSourceName(options.name) }),
    limits: {
      ...DEFAULT_LIMITS,
      backupSeconds: options.maxAge * 3600,
      proofSeconds: options.maxProofAge * 3600,
    },
  });
  const file = options.html === undefined ? undefined : resolve(directory, options.html);
  if (file !== undefined) {
    // What a page looks like is not loaded for a table.
    const { statusPage } = await import('../../present/html/status/status-page.ts');
    const region = store.url.startsWith('s3:') ? (environment.AWS_REGION ?? 'us-east-1') : undefined;
    await writePage(file, statusPage(found, { region }));
  }
  context.present({
    exitCode: exitCodeOf(found, options.failOn),
    json: { ...statusSummaryOf(found), html: file ?? null },
    text: (page) => [...statusText(found, page), ...(file === undefined ? [] : [`The page is in ${file}.`])],
  });
}

const FAILING: Readonly<Record<Options['failOn'], readonly SourceState[]>> = {
  critical: ['critical', 'stale'],
  warning: ['critical', 'stale', 'warning'],
};

function exitCodeOf({ state }: VaultStatus, failOn: Options['failOn']): ExitCode {
  return FAILING[failOn].includes(state) ? EXIT_CODES.doctor : EXIT_CODES.fine;
}

/** Whoever reads the file meanwhile sees the old page or the new one, and never a part of one. */
async function writePage(file: string, page: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    await writeFile(unfinished, page, { flag: 'wx' });
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw new LifeboatError({
      code: 'status-not-written',
      kind: 'usage',
      what: `The page cannot be written to ${file}: ${messageOf(error)}`,
      remedy: 'Name a file in a directory that is there, and that you can write into.',
    });
  }
}
