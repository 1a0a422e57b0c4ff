import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pageOf } from '../../present/terminal/page.ts';
import { printable } from '../../present/terminal/printable.ts';
import type { Context } from './context.ts';
import { usageError } from './failure.ts';

export interface Question {
  /** What has to be typed: the name of the database that will be changed. */
  readonly database: string;
  /** What `--yes` named; undefined where it was not given. */
  readonly yes: string | undefined;
  /** Lines that a person reads before answering. */
  readonly explanation: () => readonly string[];
}

/**
 * Asks for a yes that cannot be given by habit: the database's name, typed, or named by `--yes` in a script. Throws where it
 * is another name, where nobody can be asked, or where nobody answers. Nothing was changed then.
 */
export async function confirm(context: Context, { database, yes, explanation }: Question): Promise<void> {
  const { stdin, stderr, environment, signal } = context;
  const page = pageOf(stderr, environment);
  if (page.isTerminal) stderr.write(`${explanation().join('\n')}\n\n`);
  if (yes !== undefined) {
    if (yes === database) return;
    throw notConfirmed(`--yes names ${yes}, and the target is the database ${database}.`);
  }
  if (!stdin?.isTTY || !page.isTerminal) {
    throw notConfirmed('There is no terminal to ask at, and no --yes.', `Add --yes ${database}.`);
  }
  const question = `Type the name of the database, ${page.paint.bold(printable(database))}, to go on: `;
  const answer = await ask(stdin, () => stderr.write(question), signal);
  if (answer?.trim() === database) return;
  throw notConfirmed(answer === undefined ? 'No name was typed.' : 'That is not the name of the database.');
}

/** One line; undefined at the end of the input. Lines are edited by the terminal itself. */
async function ask(
  input: NonNullable<Context['stdin']>,
  prompt: () => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lines = createInterface({ input, terminal: false });
  try {
    const answered = once(lines, 'line', { signal });
    const ended = once(lines, 'close', { signal }).then(() => [undefined]);
    // The one that comes second is nobody's concern.
    ended.catch(() => {});
    answered.catch(() => {});
    prompt();
    const [line] = await Promise.race([answered, ended]);
    return line as string | undefined;
  } finally {
    lines.close();
    input.pause();
  }
}

function notConfirmed(what: string, remedy = 'Look at the target, and start again.') {
  return usageError('restore-not-confirmed', what, remedy, 'Nothing was changed.');
}
