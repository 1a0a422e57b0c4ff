import type { Argument, Command, Option } from 'commander';
import type { Position } from './command-line.ts';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Candidates {
  readonly values: readonly Candidate[];
  /** Whether names of files and directories fit, too. */
  readonly files: boolean;
  /** Whether backups of the vault fit, too. */
  readonly backups: boolean;
}

const NONE: Candidates = { values: [], files: false, backups: false };

/** Placeholders of options and arguments whose value may be a file or a directory. A vault's URL may be a path. */
const PATHS = new Set(['file', 'path', 'directory']);
const VAULTS = new Set(['vault', 'to']);

/** What fits at this place, by the commands, options and choices that the program itself has. */
export function candidatesAt({ command, option, before, typed, argument }: Position): Candidates {
  const found = option
    ? ofOption(option)
    : typed.startsWith('-')
      ? optionsOf(command)
      : ofArgument(command, argument);
  return {
    ...found,
    values: found.values
      .filter(({ value }) => value.startsWith(typed))
      .map(({ value, description }) => ({ value: before + value, description })),
  };
}

function optionsOf(command: Command): Candidates {
  const values = command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
  return { ...NONE, values };
}

function ofOption(option: Option): Candidates {
  if (option.argChoices) return { ...NONE, values: plain(option.argChoices) };
  const placeholder = /[<[]([\w-]+)/.exec(option.flags)?.[1] ?? '';
  return { ...NONE, files: PATHS.has(placeholder) || VAULTS.has(option.attributeName()) };
}

function ofArgument(command: Command, at: number): Candidates {
  if (command.commands.length > 0) return at === 0 ? commandsOf(command) : NONE;
  const argument: Argument | undefined = command.registeredArguments[at];
  if (argument === undefined) return NONE;
  if (argument.argChoices) return { ...NONE, values: plain(argument.argChoices) };
  if (argument.name() === 'backup') {
    const values = [{ value: 'latest', description: 'the newest full backup' }];
    return { ...NONE, values, backups: true };
  }
  return { ...NONE, files: PATHS.has(argument.name()) };
}

function commandsOf(command: Command): Candidates {
  const help = command.createHelp();
  const values = help
    .visibleCommands(command)
    .map((below) => ({ value: below.name(), description: help.subcommandDescription(below) }));
  return { ...NONE, values };
}

function plain(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, description: '' }));
}
