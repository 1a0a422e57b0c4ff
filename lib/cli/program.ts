import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { pageOf } from '../present/terminal/page.ts';
import type { Context } from './program/context.ts';
import { helpText } from './program/help-text.ts';

type CommandBuilder = (context: Context) => Command;

/** A command is loaded only when it is needed: loading all of them takes longer than most of them run. */
const COMMANDS = {
  backup: async () => (await import('./commands/backup.ts')).backupCommand,
  list: async () => (await import('./commands/list.ts')).listCommand,
  show: async () => (await import('./commands/show.ts')).showCommand,
  copy: async () => (await import('./commands/copy.ts')).copyCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  drill: async () => (await import('./commands/drill.ts')).drillCommand,
  restore: async () => (await import('./commands/restore.ts')).restoreCommand,
  browse: async () => (await import('./commands/browse.ts')).browseCommand,
  query: async () => (await import('./commands/query.ts')).queryCommand,
  hold: async () => (await import('./commands/hold.ts')).holdCommand,
  prune: async () => (await import('./commands/prune.ts')).pruneCommand,
  diff: async () => (await import('./commands/diff.ts')).diffCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  alert: async () => (await import('./commands/alert.ts')).alertCommand,
} as const satisfies Record<string, () => Promise<CommandBuilder>>;
export const COMMAND_NAMES = Object.keys(COMMANDS) as ReadonlyArray<keyof typeof COMMANDS>;

/**
 * Builds as much of the command line as these arguments need: the command that they name, or all commands if
 * they name none. The program prints only through `context` and never ends the process.
 */
export async function buildProgram(argv: readonly string[], context: Context): Promise<Command> {
  const program = new Command('lifeboat')
    .description(
      `${packageJson.description}\n\nDon't put passwords on the command line, where \`ps\` shows them. Set LIFEBOAT_SOURCE_URL instead.`,
    )
    .version(packageJson.version)
    .helpCommand('help [command]', 'show how to use a command')
    .addHelpText('after', helpText(pageOf(context.stdout, context.environment)));
  for (const build of await Promise.all(commandsFor(argv).map((name) => COMMANDS[name]()))) {
    program.addCommand(build(context));
  }
  quieten(program, context);
  return program;
}

function commandsFor([first]: readonly string[]): typeof COMMAND_NAMES {
  if (first === '--version' || first === '-V') return [];
  const named = COMMAND_NAMES.filter((name) => name === first);
  // Help lists every command, and a mistyped one is compared with them.
  return named.length > 0 ? named : COMMAND_NAMES;
}

/** Keeps commander from printing, exiting and reading the process's terminal, in subcommands too. */
function quieten(command: Command, context: Context): void {
  const { stdout, environment } = context;
  for (const below of command.commands) quieten(below, context);
  const page = pageOf(stdout, environment);
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({
      helpWidth: page.columns ?? 100,
      styleTitle: page.paint.bold,
      styleCommandText: page.paint.cyan,
      styleOptionText: page.paint.cyan,
    })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => page.columns ?? 100,
      getOutHasColors: () => true,
    });
}
