import { CommanderError } from 'commander';
import { LifeboatError } from '../engine/ground/errors.ts';
import type { ObjectStore } from '../engine/storage/object-store.ts';
import type { StoreOptions } from '../engine/storage/open-store.ts';
import { errorText } from '../present/terminal/error-text.ts';
import { pageOf } from '../present/terminal/page.ts';
import { vaultUrl } from './options/vault-option.ts';
import type { CommandOutcome, Context, Surroundings } from './program/context.ts';
import { EXIT_CODES, type ExitCode, exitCodeOf } from './program/exit-codes.ts';
import { failureOf, interruptedError, usageError } from './program/failure.ts';
import { keylessStream } from './program/keyless-stream.ts';
import { whoHas } from './program/misplaced-option.ts';
import { meantByWord } from './program/other-words.ts';
import { redact } from './program/redact.ts';
import { buildProgram, COMMAND_NAMES } from './program.ts';

/** Runs one command to its end and resolves to the exit code. Throws nothing. */
export async function run(argv: readonly string[], outside: Surroundings): Promise<ExitCode> {
  // Not stdout: `query` prints rows there, which nobody may change.
  const surroundings = { ...outside, stderr: keylessStream(outside.stderr) };
  const json = wantsJson(argv);
  let outcome: CommandOutcome | undefined;
  const context: Context = {
    ...surroundings,
    withVault: (url, use, options = {}) => withVault(url, surroundings, use, options),
    present: (result) => {
      outcome = result;
    },
  };
  try {
    const program = await buildProgram(argv, context);
    await program.parseAsync(argv, { from: 'user' });
    const isQuiet = argv.includes('--quiet') && outcome?.exitCode === EXIT_CODES.fine && !json;
    if (outcome && !isQuiet) print(outcome, json, surroundings);
    return outcome?.exitCode ?? EXIT_CODES.fine;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.fine;
    const failure = surroundings.signal.aborted
      ? interrupted(error)
      : await failureFrom(error, argv, context);
    const exitCode = exitCodeOf(failure.kind);
    report(failure, exitCode, json, surroundings);
    return exitCode;
  }
}

/** Reports an error that nobody waited for, like any other failure. The process should end then. */
export function reportDefect(error: unknown, argv: readonly string[], surroundings: Surroundings): ExitCode {
  const failure = failureOf(error, surroundings.environment);
  const exitCode = exitCodeOf(failure.kind);
  report(failure, exitCode, wantsJson(argv), surroundings);
  return exitCode;
}

/** After `--` there are arguments only. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

async function withVault<Result>(
  given: string | undefined,
  { environment, directory }: Surroundings,
  use: (store: ObjectStore) => Promise<Result>,
  options: StoreOptions,
): Promise<Result> {
  const url = vaultUrl(given, environment, directory);
  // Loaded only now, because it contains the AWS SDK.
  const { openStore } = await import('../engine/storage/open-store.ts');
  const store = openStore(url, options);
  try {
    return await use(store);
  } catch (error) {
    throw orBucket(error, given ?? environment.LIFEBOAT_VAULT ?? '');
  } finally {
    await store.close();
  }
}

/** A directory that is missing, by a name that a bucket may have: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function orBucket(error: unknown, named: string): unknown {
  if (!(error instanceof LifeboatError) || error.code !== 'vault-missing') return error;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$)/.test(named)) return error;
  const { code, kind, what, meaning, remedy = '' } = error;
  const { cause } = error;
  return new LifeboatError({
    ...{ code, kind, what, cause },
    ...(meaning === undefined ? {} : { meaning }),
    remedy: `If you mean a bucket of S3, write s3://${named}. Otherwise: ${remedy.charAt(0).toLowerCase()}${remedy.slice(1)}`,
  });
}

function print({ json, text }: CommandOutcome, asJson: boolean, surroundings: Surroundings): void {
  const { environment } = surroundings;
  const stdout = keylessStream(surroundings.stdout);
  stdout.write(
    asJson ? `${JSON.stringify(json, null, 2)}\n` : `${text(pageOf(stdout, environment)).join('\n')}\n`,
  );
}

function report(failure: LifeboatError, exitCode: ExitCode, json: boolean, surroundings: Surroundings): void {
  const { environment } = surroundings;
  const [stdout, stderr] = [keylessStream(surroundings.stdout), keylessStream(surroundings.stderr)];
  // Whoever reads JSON reads it from stdout, and wants no second copy for people.
  if (!json) stderr.write(errorText(failure, exitCode, pageOf(stderr, environment)));
  if (environment.LIFEBOAT_DEBUG === '1') {
    const { stack } = failure.cause instanceof Error ? failure.cause : failure;
    stderr.write(`${redact(stack ?? '', environment)}\n`);
  }
  if (!json) return;
  const { code, kind, what, meaning = null, remedy = null } = failure;
  stdout.write(`${JSON.stringify({ error: { code, kind, exitCode, what, meaning, remedy } }, null, 2)}\n`);
}

/** The error of an interrupted command: its own, if that says what state things are in, or a general one. */
function interrupted(error: unknown): LifeboatError {
  const knowsState = error instanceof LifeboatError && error.kind === 'interrupted' && error.meaning;
  return knowsState ? error : interruptedError('Nothing was changed in the source or in the vault.');
}

async function failureFrom(
  error: unknown,
  argv: readonly string[],
  context: Context,
): Promise<LifeboatError> {
  const { environment } = context;
  if (!(error instanceof CommanderError)) return failureOf(error, environment);
  if (error.code === 'commander.help') {
    const remedy = '`lifeboat --help` shows the commands, with examples.';
    return usageError('command-not-named', 'No command was given.', remedy);
  }
  // commander repeats a mistyped option with its value, which may be the source's URL.
  const [first = '', ...suggestion] = redact(error.message, environment)
    .replace(/^error: /, '')
    .split('\n');
  const what = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.?$/, '.')}`;
  const command = COMMAND_NAMES.find((name) => name === argv[0]);
  const below = command === 'hold' && /^(?:add|remove|list)$/.test(argv[1] ?? '') ? `${argv[1]} ` : '';
  const help = `\`lifeboat ${command ? `${command} ${below}` : ''}--help\` shows ${command ? 'its options' : 'the commands'}.`;
  const hint = (await betterHint(error, argv, context)) ?? suggestion.join(' ').replace(/^\(|\)$/g, '');
  return usageError('command-line-invalid', what, [hint, help].filter(Boolean).join(' '));
}

/** What another tool's word means here, or which command has an option; commander compares letters alone. */
async function betterHint(
  { code, message }: CommanderError,
  argv: readonly string[],
  context: Context,
): Promise<string | undefined> {
  if (code === 'commander.unknownCommand') return meantByWord((argv[0] ?? '').toLowerCase());
  if (code !== 'commander.unknownOption') return undefined;
  const [, flag] = /'(-[^'=]*)/.exec(message) ?? [];
  const { commands } = await buildProgram([], context);
  return flag === undefined ? undefined : whoHas(flag, commands);
}
