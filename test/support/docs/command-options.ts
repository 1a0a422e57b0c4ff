import type { Command } from 'commander';
import { buildProgram } from '../../../lib/cli/program.ts';
import { CapturedStream } from '../../unit/cli/captured-stream.ts';
import { ROOT } from './markdown.ts';

/** Each command as `--help` names it (`pitr enable`), with the long names of its options. */
export async function optionsByCommand(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const program = await buildProgram([], {
    environment: {},
    directory: ROOT,
    stdout: new CapturedStream(),
    stderr: new CapturedStream(),
    signal: new AbortController().signal,
    now: () => new Date(),
    withVault: () => Promise.reject(new Error('no command is to be run')),
    present: () => {},
  });
  return new Map(program.commands.flatMap((command) => withSubcommands(command)));
}

function withSubcommands(command: Command, before = ''): Array<[string, ReadonlySet<string>]> {
  const name = `${before}${command.name()}`;
  const options = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? '');
  return [
    [name, new Set(options)],
    ...command.commands.flatMap((below) => withSubcommands(below, `${name} `)),
  ];
}
