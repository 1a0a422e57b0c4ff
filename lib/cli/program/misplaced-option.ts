import type { Command } from 'commander';

/** At most this many commands are named; more say nothing. */
const MOST = 4;

/** `verify` and `drill` have --check: says which commands have an option that another one lacks. */
export function whoHas(flag: string, commands: readonly Command[]): string | undefined {
  const names = commands.flatMap((command) => [
    ...(has(command, flag) ? [command.name()] : []),
    ...command.commands
      .filter((below) => has(below, flag))
      .map((below) => `${command.name()} ${below.name()}`),
  ]);
  if (names.length === 0 || names.length > MOST) return undefined;
  const quoted = names.map((name) => `\`lifeboat ${name}\``);
  const last = quoted.pop();
  return `${quoted.length > 0 ? `${quoted.join(', ')} and ${last} have` : `Only ${last} has`} ${flag}.`;
}

function has(command: Command, flag: string): boolean {
  return command.options.some(({ long, short }) => long === flag || short === flag);
}
