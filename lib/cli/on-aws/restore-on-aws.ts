import { setTimeout as pause } from 'node:timers/promises';
import { commitTime } from '../../engine/pgoutput/commit-time.ts';
import { microsOf } from '../../engine/replay/plan/moment.ts';
import { microsecondsOf, readMoment } from '../options/moment.ts';
import { ownZone } from '../options/own-zone.ts';
import { userOf } from '../options/who-asks.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES, type ExitCode } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';
import { RestoreTasks } from './restore-tasks.ts';

export interface OnAwsOptions {
  readonly onAws?: string;
  readonly targetSecret?: string;
  readonly watch?: string;
  readonly by?: string;
}

/** What only makes sense on the machine where the command was typed, with the number of its values. */
const STAYS_HERE: ReadonlyMap<string, number> = new Map([
  ['--on-aws', 1],
  ['--target-secret', 1],
  ['--watch', 1],
  ['--by', 1],
  ['--vault', 1],
  ['--json', 0],
  ['--notify', 1],
  ['--notify-on', 1],
  ['--heartbeat', 1],
  ['--heartbeat-url', 1],
]);
const CANNOT_GO = ['--target', '--ssh', '--signing-key', '--identity', '--identity-file', '--directory'];
/** Options whose value is a time. */
const TIMES = ['--to', '--at', '--before', '--since'];
const LOOK_AGAIN_MS = 3000;
const SECRET_ARN = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:\S+$/;

/** Starts a restore in a task near the target, or watches one that runs. The task goes on without anybody. */
export async function restoreOnAws(
  context: Context,
  argv: readonly string[],
  { onAws = '', targetSecret, watch, by = userOf(context) }: OnAwsOptions,
  lookAgainMs = LOOK_AGAIN_MS,
): Promise<CommandOutcome> {
  await using tasks = new RestoreTasks(onAws, context.signal);
  if (watch !== undefined) return await watchTask(context, tasks, watch, lookAgainMs);
  const order = {
    arguments: argumentsForTask(withExactTimes(argv, context)),
    targetSecretArn: secretOf(targetSecret),
    by,
  };
  const id = await tasks.start(order);
  context.stderr.write(
    `The restore runs as task ${id}. It goes on if you leave: ${watchCommand(onAws, id)}\n`,
  );
  return await watchTask(context, tasks, id, lookAgainMs);
}

/** The clocks of a task show UTC, and it begins later: a time is read here, where it was written. */
export function withExactTimes(
  argv: readonly string[],
  context: Pick<Context, 'now' | 'environment'>,
): string[] {
  const surrounding = { now: context.now(), zone: ownZone(context) };
  const exact = (flag: string, text: string) => {
    const time = {
      kind: 'time',
      time: readMoment(flag, text, surrounding),
      micros: microsecondsOf(text),
    } as const;
    return commitTime(microsOf(time));
  };
  return argv.map((one, at) => {
    const before = argv[at - 1] ?? '';
    if (TIMES.includes(before)) return exact(before, one);
    const [, flag = '', text = ''] = /^(--[a-z-]+)=(.*)$/s.exec(one) ?? [];
    return TIMES.includes(flag) ? `${flag}=${exact(flag, text)}` : one;
  });
}

/** The arguments that the command in the task gets. Nobody can answer it a question. */
export function argumentsForTask(argv: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const [flag = ''] = (argv[at] ?? '').split('=');
    if (CANNOT_GO.includes(flag)) {
      throw usageError(
        'on-aws-option',
        `${flag} names something of this machine, and --on-aws restores in a task.`,
        'Leave out one of the two. The target comes from --target-secret.',
      );
    }
    const values = STAYS_HERE.get(flag);
    if (values === undefined) found.push(argv[at] ?? '');
    else if (!argv[at]?.includes('=')) at += values;
  }
  const isGiven = (...flags: readonly string[]) =>
    found.some((one) => flags.includes(one.split('=')[0] ?? ''));
  if (!isGiven('--yes', '--dry-run')) {
    throw usageError(
      'on-aws-unconfirmed',
      'Nobody can answer questions in a task.',
      'Look first with --dry-run. Then confirm with --yes and the name of the database.',
    );
  }
  if (
    isGiven('--into-existing', '--into-source', '--data-only') &&
    !isGiven('--no-safety-backup', '--dry-run')
  ) {
    throw usageError(
      'on-aws-safety-backup',
      'A task cannot back up what it overwrites: it may read the vault, but not write into it.',
      'Back the database up first with `lifeboat backup`, and add --no-safety-backup. Or restore from a machine that may write into the vault.',
      'Nothing was started.',
    );
  }
  return found;
}

function secretOf(arn: string | undefined): string {
  if (arn !== undefined && SECRET_ARN.test(arn)) return arn;
  throw usageError(
    'target-secret-invalid',
    arn === undefined ? 'No target was named.' : '--target-secret is not the ARN of a secret.',
    'Give the ARN of a secret that holds the URL of the target: --target-secret arn:aws:secretsmanager:…. A URL itself has no place on the command line.',
  );
}

async function watchTask(
  context: Context,
  tasks: RestoreTasks,
  id: string,
  lookAgainMs: number,
): Promise<CommandOutcome> {
  const { signal, stderr } = context;
  let before = '';
  try {
    for (;;) {
      const { status, exitCode, reason } = await tasks.state(id);
      const isTold = status === before || status === 'RUNNING' || status === 'STOPPED';
      if (!isTold) stderr.write(`Task ${id}: ${status.toLowerCase()}\n`);
      for (const line of await tasks.newLines(id)) stderr.write(`${line}\n`);
      if (status === 'STOPPED') return outcomeOf(tasks.environment, id, exitCode, reason);
      before = status;
      await pause(lookAgainMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interruptedError(`The restore goes on. To watch it again: ${watchCommand(tasks.environment, id)}`);
  }
}

function watchCommand(environment: string, id: string): string {
  return `\`lifeboat restore --on-aws ${environment} --watch ${id}\`.`;
}

function outcomeOf(
  environment: string,
  task: string,
  exitCode: number | undefined,
  reason: string | undefined,
): CommandOutcome {
  const known = Object.values<number>(EXIT_CODES);
  // Of a task that never began, or was killed.
  const code =
    exitCode !== undefined && known.includes(exitCode) ? (exitCode as ExitCode) : EXIT_CODES.target;
  const what =
    exitCode === undefined
      ? `The task ${task} did not begin, or was killed: ${reason ?? 'no reason was given'}.`
      : `The task ${task} ended with exit code ${exitCode}${exitCode === 0 ? ': done' : ''}.`;
  return {
    exitCode: code,
    json: { environment, task, exitCode: exitCode ?? null, reason: reason ?? null },
    text: () => [what],
  };
}
