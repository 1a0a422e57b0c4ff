import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { pageOf } from '../present/terminal/page.ts';
import type { Context } from './program/context.ts';
import { helpText } from './program/help-text.ts';

type CommandBuilder = (context: Context) => Command;

/** What a person wants when they look for a command: the headings of `lifeboat --help`, in its order. */
const PURPOSES = {
  gone: 'Something is gone:',
  daily: 'Every day:',
  look: 'Look into a backup or the vault:',
  keep: 'Keep backups, or let them go:',
  setUp: 'Set up:',
} as const;

interface LazyCommand {
  readonly purpose: keyof typeof PURPOSES;
  /** A command is loaded only when it is needed: loading all of them takes longer than most of them run. */
  readonly load: () => Promise<CommandBuilder>;
}

/** In the order of the help. */
const COMMANDS = {
  restore: { purpose: 'gone', load: async () => (await import('./commands/restore.ts')).restoreCommand },
  backfill: {
    purpose: 'gone',
    load: async () => (await import('./commands/backfill.ts')).backfillCommand,
  },
  diff: { purpose: 'gone', load: async () => (await import('./commands/diff.ts')).diffCommand },
  backup: { purpose: 'daily', load: async () => (await import('./commands/backup.ts')).backupCommand },
  capture: { purpose: 'daily', load: async () => (await import('./commands/capture.ts')).captureCommand },
  drill: { purpose: 'daily', load: async () => (await import('./commands/drill.ts')).drillCommand },
  doctor: { purpose: 'daily', load: async () => (await import('./commands/doctor.ts')).doctorCommand },
  health: { purpose: 'daily', load: async () => (await import('./commands/health.ts')).healthCommand },
  status: { purpose: 'daily', load: async () => (await import('./commands/status.ts')).statusCommand },
  list: { purpose: 'look', load: async () => (await import('./commands/list.ts')).listCommand },
  show: { purpose: 'look', load: async () => (await import('./commands/show.ts')).showCommand },
  browse: { purpose: 'look', load: async () => (await import('./commands/browse.ts')).browseCommand },
  query: { purpose: 'look', load: async () => (await import('./commands/query.ts')).queryCommand },
  cost: { purpose: 'look', load: async () => (await import('./commands/cost.ts')).costCommand },
  export: { purpose: 'look', load: async () => (await import('./commands/export.ts')).exportCommand },
  find: { purpose: 'look', load: async () => (await import('./commands/find.ts')).findCommand },
  verify: { purpose: 'look', load: async () => (await import('./commands/verify.ts')).verifyCommand },
  evidence: {
    purpose: 'look',
    load: async () => (await import('./commands/evidence.ts')).evidenceCommand,
  },
  copy: { purpose: 'keep', load: async () => (await import('./commands/copy.ts')).copyCommand },
  hold: { purpose: 'keep', load: async () => (await import('./commands/hold.ts')).holdCommand },
  erasures: {
    purpose: 'keep',
    load: async () => (await import('./commands/erasures.ts')).erasuresCommand,
  },
  prune: { purpose: 'keep', load: async () => (await import('./commands/prune.ts')).pruneCommand },
  refresh: { purpose: 'setUp', load: async () => (await import('./commands/refresh.ts')).refreshCommand },
  pitr: { purpose: 'setUp', load: async () => (await import('./commands/pitr.ts')).pitrCommand },
  estimate: {
    purpose: 'setUp',
    load: async () => (await import('./commands/estimate.ts')).estimateCommand,
  },
  init: { purpose: 'setUp', load: async () => (await import('./commands/init.ts')).initCommand },
  runbook: { purpose: 'setUp', load: async () => (await import('./commands/runbook.ts')).runbookCommand },
  alert: { purpose: 'setUp', load: async () => (await import('./commands/alert.ts')).alertCommand },
  completion: {
    purpose: 'setUp',
    load: async () => {
      const { completionCommand } = await import('./commands/completion.ts');
      return (context) => completionCommand(context, (words) => buildProgram(words, context));
    },
  },
} as const satisfies Record<string, LazyCommand>;
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
    .addHelpText('after', helpText(pageOf(context.stdout, context.environment)));
  for (const { purpose, command } of await Promise.all(commandsFor(argv).map(load))) {
    program.addCommand(command(context).helpGroup(PURPOSES[purpose]));
  }
  const help = new Command('help').argument('[command]').description('show how to use a command');
  program.addHelpCommand(help.helpGroup(PURPOSES.setUp));
  quieten(program, context);
  return program;
}

async function load(name: keyof typeof COMMANDS) {
  const { purpose, load } = COMMANDS[name];
  return { purpose, command: await load() };
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
