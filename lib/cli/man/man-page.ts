import type { Command } from 'commander';
import { EXIT_CODE_MEANINGS } from '../program/exit-codes.ts';
import { EXAMPLES } from '../program/help-text.ts';
import { item, literal, paragraphs, roffText, section, subsection } from './roff.ts';

export interface ManPage {
  /** `lifeboat-backup.1` */
  readonly name: string;
  readonly text: string;
}

/** The man pages of a program and of each of its commands: what their `--help` says. */
export function manPages(program: Command, version: string): ManPage[] {
  const { commands } = program;
  return [mainPage(program, version), ...commands.map((command) => commandPage(program, command, version))];
}

function mainPage(program: Command, version: string): ManPage {
  const help = program.createHelp();
  const groups = Map.groupBy(help.visibleCommands(program), (command) => command.helpGroup() ?? '');
  return page(program.name(), version, [
    section('NAME'),
    roffText(`${program.name()} - ${firstSentence(help.commandDescription(program))}`),
    ...synopsis(program.name(), program),
    section('DESCRIPTION'),
    ...paragraphs(help.commandDescription(program)),
    section('COMMANDS'),
    ...[...groups].flatMap(([heading, commands]) => [
      subsection(heading.replace(/:$/, '')),
      ...commands.flatMap((command) =>
        item(help.subcommandTerm(command), help.subcommandDescription(command)),
      ),
    ]),
    ...options(program),
    section('EXAMPLES'),
    ...literal(EXAMPLES.trim().split('\n')),
    ...exitStatus(),
    ...seeAlso(program.commands.map((command) => `${program.name()}-${command.name()}`)),
  ]);
}

function commandPage(program: Command, command: Command, version: string): ManPage {
  const name = `${program.name()}-${command.name()}`;
  const full = `${program.name()} ${command.name()}`;
  const help = command.createHelp();
  return page(name, version, [
    section('NAME'),
    roffText(`${name} - ${help.subcommandDescription(command)}`),
    ...(command.commands.length === 0
      ? synopsis(full, command)
      : [
          section('SYNOPSIS'),
          ...command.commands.flatMap((below) => synopsisLine(`${full} ${below.name()}`, below)),
        ]),
    section('DESCRIPTION'),
    ...paragraphs(help.commandDescription(command)),
    ...list('ARGUMENTS', argumentItems(command)),
    ...(command.commands.length === 0 ? options(command) : []),
    ...command.commands.flatMap((below) => [
      section(`${full} ${below.name()}`.toUpperCase()),
      ...paragraphs(help.commandDescription(below)),
      ...argumentItems(below),
      ...optionItems(below),
    ]),
    ...exitStatus(),
    ...seeAlso([program.name()]),
  ]);
}

function page(name: string, version: string, lines: readonly string[]): ManPage {
  // Without a date: the same sources make the same page. Without hyphens: a name that is cut cannot be searched for.
  const head = `.TH ${roffText(name.toUpperCase())} 1 "" "pg\\-lifeboat ${roffText(version)}" "Lifeboat"`;
  return { name: `${name}.1`, text: `${[head, '.nh', '.ad l', ...lines].join('\n')}\n` };
}

function synopsis(full: string, command: Command): string[] {
  return [section('SYNOPSIS'), ...synopsisLine(full, command)];
}

function synopsisLine(full: string, command: Command): string[] {
  return ['.PP', `.B ${roffText(full)}`, roffText(command.usage())];
}

function options(command: Command): string[] {
  return list('OPTIONS', optionItems(command));
}

function optionItems(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .flatMap((option) => item(help.optionTerm(option), help.optionDescription(option)));
}

function argumentItems(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleArguments(command)
    .flatMap((argument) => item(help.argumentTerm(argument), help.argumentDescription(argument)));
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [section(title), ...items];
}

function exitStatus(): string[] {
  return list(
    'EXIT STATUS',
    EXIT_CODE_MEANINGS.flatMap(([code, meaning]) => item(String(code), meaning)),
  );
}

function seeAlso(names: readonly string[]): string[] {
  return [
    section('SEE ALSO'),
    ...names.flatMap((name, at) => [`.BR ${roffText(name)} (1)${at < names.length - 1 ? ',' : ''}`]),
  ];
}

function firstSentence(text: string): string {
  return text.split(/[.:\n]/, 1)[0] ?? text;
}
