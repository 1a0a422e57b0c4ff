import { pageOf } from '../../present/terminal/page.ts';
import { ask } from './confirmation.ts';
import type { Context } from './context.ts';
import { usageError } from './failure.ts';

export interface DeletionQuestion {
  /** How many will be deleted: the person must type the number. */
  readonly count: number;
  /** Whether `--yes` was given. */
  readonly yes: boolean;
  /** Lines that a person reads before answering. */
  readonly explanation: () => readonly string[];
}

/** Asks for a number that nobody types by habit. Throws `prune-not-confirmed`; nothing was deleted then. */
export async function confirmDeletion(
  context: Context,
  { count, yes, explanation }: DeletionQuestion,
): Promise<void> {
  const { stdin, stderr, environment, signal } = context;
  if (yes || count === 0) return;
  const page = pageOf(stderr, environment);
  if (!stdin?.isTTY || !page.isTerminal) {
    throw notConfirmed(
      'There is no terminal to ask for confirmation, and --yes was not given.',
      'Add --yes.',
    );
  }
  stderr.write(`${explanation().join('\n')}\n\n`);
  const question = `Type how many are deleted, ${page.paint.bold(String(count))}, to continue: `;
  const answer = await ask(stdin, () => stderr.write(question), signal);
  if (answer?.trim() === String(count)) return;
  throw notConfirmed(
    answer === undefined ? 'No number was typed.' : 'That is not the number of what would be deleted.',
    'Read the list, and run the command again.',
  );
}

function notConfirmed(what: string, remedy: string) {
  return usageError('prune-not-confirmed', what, remedy, 'Nothing was deleted.');
}
