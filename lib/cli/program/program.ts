import { Command } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import { backupCommand } from '../backup.ts';
import { browseCommand } from '../browse.ts';
import { diffCommand } from '../diff.ts';
import { doctorCommand } from '../doctor.ts';
import { drillCommand } from '../drill.ts';
import { listCommand } from '../list.ts';
import { queryCommand } from '../query.ts';
import { restoreCommand } from '../restore.ts';
import { showCommand } from '../show.ts';
import { pageOf } from '../terminal/page.ts';
import { verifyCommand } from '../verify.ts';
import type { Context } from './context.ts';
import { EXIT_CODE_MEANINGS } from './exit-codes.ts';

const EXAMPLES = `
Examples:
  export LIFEBOAT_SOURCE_URL=postgres://user:password@db.example.com:5432/shop
  export LIFEBOAT_VAULT=s3://my-backups/lifeboat      # or /var/backups/lifeboat
  lifeboat doctor                                     # is everything as it should be?
  lifeboat backup                                     # take one now
  lifeboat drill                                      # restore it, compare each row
  lifeboat list                                       # what is there, proven or not
  lifeboat browse                                     # look into the latest with psql
  lifeboat query latest "SELECT count(*) FROM orders"
  lifeboat diff latest --table orders                 # deleted, added, changed since
  lifeboat backup --class daily --slot 2026-11-20T02:00:00Z   # safe to run twice
  lifeboat drill latest --check 'orders=SELECT count(*) FROM public.orders=42'
  lifeboat list --json | jq -r '.backups[0].name'
`;

const EXIT_CODES_HELP = [
  '',
  'Exit codes:',
  ...EXIT_CODE_MEANINGS.map(([code, text]) => `  ${String(code).padEnd(4)} ${text}`),
];

const COMMANDS = {
  backup: backupCommand,
  list: listCommand,
  show: showCommand,
  verify: verifyCommand,
  drill: drillCommand,
  restore: restoreCommand,
  browse: browseCommand,
  query: queryCommand,
  diff: diffCommand,
  doctor: doctorCommand,
} as const;
export const COMMAND_NAMES = Object.keys(COMMANDS) as ReadonlyArray<keyof typeof COMMANDS>;

/** The whole command line. Nothing is printed and nothing ends the process but through `context`. */
export function buildProgram(context: Context): Command {
  const program = new Command('lifeboat')
    .description(
      `${packageJson.description}\n\nThe password of the source does not belong into arguments, which \`ps\` shows: use LIFEBOAT_SOURCE_URL.`,
    )
    .version(packageJson.version)
    .helpCommand('help [command]', 'how to use a command')
    .addHelpText('after', `${EXAMPLES}${EXIT_CODES_HELP.join('\n')}`);
  for (const name of COMMAND_NAMES) program.addCommand(COMMANDS[name](context));
  for (const command of [program, ...program.commands]) quieten(command, context);
  return program;
}

/** commander prints and exits by itself unless told otherwise, and reads the process's own terminal. */
function quieten(command: Command, { stdout, environment }: Context): void {
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
