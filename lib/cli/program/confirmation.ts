import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pageOf } from '../../present/terminal/page.ts';
import { printable } from '../../present/terminal/printable.ts';
import type { Context } from './context.ts';
import { usageError } from './failure.ts';

export interface Question {
  /** The name of the database that will be changed: the person must type it. */
  readonly database: string;
  /** The database that `--yes` names; undefined without `--yes`. */
  readonly yes: string | undefined;
  /** Lines that a person reads before answering. */
  readonly explanation: () => readonly string[];
}

/**
 * Asks for a yes that nobody gives by habit: the database's name, typed, or named by `--yes` in a script.
 * Throws if the name is another one, if there is nobody to ask, or if nobody answers. Nothing was changed
 * then.
 */
export async function confirm(context: Context, { database, yes, explanation }: Question): Promise<void> {
  const { stdin, stderr, environment, signal } = context;
  const page = pageOf(stderr, environment);
  if (page.isTerminal) stderr.write(`${explanation().join('\n')}\n\n`);
  if (yes !== undefined) {
    if (yes === database) return;
    throw notConfirmed(`--yes names ${yes}, but the target is the database ${database}.`);
  }
  if (!stdin?.isTTY || !page.isTerminal) {
    throw notConfirmed(
      'There is no terminal to ask for confirmation, and --yes was not given.',
      `Add --yes ${database}.`,
    );
  }
  const question = `Type the name of the database, ${page.paint.bold(printable(database))}, to continue: `;
  const answer = await ask(stdin, () => stderr.write(question), signal);
  if (answer?.trim() === database) return;
  throw notConfirmed(answer === undefined ? 'No name was typed.' : 'That is not the name of the database.');
}

/** Reads one line; undefined at the end of the input. The terminal itself edits the line. */
export async function ask(
  input: NonNullable<Context['stdin']>,
  prompt: () => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lines = createInterface({ input, terminal: false });
  try {
    const answered = once(lines, 'line', { signal });
    const ended = once(lines, 'close', { signal }).then(() => [undefined]);
    // The promise that settles second is ignored.
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

function notConfirmed(what: string, remedy = 'Check the target, and run the command again.') {
  return usageError('restore-not-confirmed', what, remedy, 'Nothing was changed.');
}
