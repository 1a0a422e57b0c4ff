import type { Command, Option } from 'commander';

/** Where the cursor stands on a command line that is not complete. */
export interface Position {
  readonly command: Command;
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
  /** What precedes the value in the same word: `--class=`. */
  readonly before: string;
  /** What has been typed of the value, the option or the argument. */
  readonly typed: string;
  /** How many arguments of the command precede it. */
  readonly argument: number;
  /** Values of options that were given before. */
  readonly given: ReadonlyMap<string, string>;
}

/** Follows the words from the root of the program; the last one, which may be empty, is the one that is being typed. */
export function positionAt(root: Command, words: readonly string[]): Position {
  const typed = words.at(-1) ?? '';
  const given = new Map<string, string>();
  let command = root;
  let argument = 0;
  let option: Option | undefined;
  let isOver = false;
  for (const word of words.slice(0, -1)) {
    if (option !== undefined) {
      given.set(option.attributeName(), word);
      option = undefined;
    } else if (isOver || !word.startsWith('-')) {
      // What follows is what could be in its place.
      if (word === 'help' && command === root) continue;
      const below = argument === 0 ? subcommand(command, word) : undefined;
      if (below === undefined) argument += 1;
      else command = below;
    } else if (word === '--') isOver = true;
    else {
      const [name = '', ...value] = word.split('=');
      const known = optionNamed(command, name);
      if (known !== undefined && value.length > 0) given.set(known.attributeName(), value.join('='));
      else if (known?.required || known?.optional) option = known;
    }
  }
  if (option !== undefined) return { command, option, before: '', typed, argument, given };
  const inside = isOver ? null : /^(--[^=]+=)(.*)$/s.exec(typed);
  const [, before = '', value = ''] = inside ?? [];
  const named = inside ? optionNamed(command, before.slice(0, -1)) : undefined;
  return named
    ? { command, option: named, before, typed: value, argument, given }
    : { command, option: undefined, before: '', typed, argument, given };
}

function subcommand(command: Command, word: string): Command | undefined {
  return command.commands.find((below) => below.name() === word || below.aliases().includes(word));
}

function optionNamed(command: Command, name: string): Option | undefined {
  return command.options.find(({ long, short }) => long === name || short === name);
}
