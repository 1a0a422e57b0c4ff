import { type Command, CommanderError } from 'commander';
import { buildProgram } from '../../../lib/cli/program.ts';
import { CapturedStream } from '../../unit/cli/captured-stream.ts';
import { lifeboatCommands } from './lifeboat-commands.ts';
import { ROOT } from './markdown.ts';

/** The commands of a page that the command line refuses, each with the reason. */
export async function refusedCommands(page: string): Promise<string[]> {
  const refused = await Promise.all(
    lifeboatCommands(page).map(async (args) => {
      const refusal = await refusalOf(args);
      // A command's name alone, in running text, is spoken of and not given.
      const isNamed =
        !args.some((arg) => arg.startsWith('-')) &&
        (args.length === 1 || args[0] === 'alert') &&
        /missing required argument|required option/.test(refusal ?? '');
      return refusal === undefined || isNamed ? [] : [`lifeboat ${args.join(' ')}: ${refusal}`];
    }),
  );
  return refused.flat();
}

/** Why the command line refuses these arguments; undefined when it takes them. Runs no command. */
export async function refusalOf(args: readonly string[]): Promise<string | undefined> {
  const program = await buildProgram(args, {
    environment: {},
    directory: ROOT,
    stdout: new CapturedStream(),
    stderr: new CapturedStream(),
    signal: new AbortController().signal,
    now: () => new Date(),
    withVault: () => Promise.reject(new Error('no command is to be run')),
    present: () => {},
  });
  withoutActions(program.commands);
  try {
    await program.parseAsync(args, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : error.message;
  }
}

function withoutActions(commands: readonly Command[]): void {
  for (const command of commands) {
    if (command.commands.length > 0) withoutActions(command.commands);
    else command.action(() => {});
  }
}
