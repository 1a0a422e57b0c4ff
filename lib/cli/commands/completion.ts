import { Argument, Command } from 'commander';
import { printable } from '../../present/terminal/printable.ts';
import { backupCandidates } from '../completion/backup-candidates.ts';
import { candidatesAt } from '../completion/candidates.ts';
import { positionAt } from '../completion/command-line.ts';
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import { jsonOption } from '../options/option-values.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';

type ProgramFor = (words: readonly string[]) => Promise<Command>;

const DESCRIPTION_LENGTH = 80;

/** `programFor` builds the program that the words of an unfinished command line belong to. */
export function completionCommand(context: Context, programFor: ProgramFor): Command {
  return (
    new Command('completion')
      .summary('complete commands, options and backups in bash, zsh or fish')
      .description(
        'Prints a script for your shell. Put `eval "$(lifeboat completion bash)"` into ~/.bashrc, or `source <(lifeboat completion zsh)` after compinit into ~/.zshrc; for fish, write the script to ~/.config/fish/completions/lifeboat.fish. It completes commands, options, their choices, files, and the ids of backups in the vault that --vault or LIFEBOAT_VAULT names.',
      )
      .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
      // The script gives the words up to the cursor after `--`; nobody types them.
      .allowExcessArguments()
      .addOption(jsonOption())
      .action(async (shell: Shell, _, { args }: Command) => {
        const words = args.slice(1);
        context.present(
          words.length === 0 ? script(shell) : await candidates(context, await programFor(words), words),
        );
      })
  );
}

function script(shell: Shell): CommandOutcome {
  const text = SCRIPTS[shell];
  return { exitCode: EXIT_CODES.fine, json: { shell, script: text }, text: () => text.trimEnd().split('\n') };
}

async function candidates(
  context: Context,
  program: Command,
  words: readonly string[],
): Promise<CommandOutcome> {
  const position = positionAt(program, words);
  const { values, files, backups } = candidatesAt(position);
  const all = [
    ...values,
    ...(backups ? await backupCandidates(context, position.given, position.typed) : []),
  ];
  const lines = all.map(({ value, description }) => `${value}\t${short(description)}`);
  return {
    exitCode: EXIT_CODES.fine,
    json: { candidates: all, files },
    text: () => [...lines, files ? ':files' : ':none'],
  };
}

function short(description: string): string {
  const [first = ''] = printable(description).split(/\s*[;(]|: /, 1);
  return first.length > DESCRIPTION_LENGTH ? `${first.slice(0, DESCRIPTION_LENGTH - 1)}…` : first.trim();
}
