import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram, COMMAND_NAMES } from '../../../lib/cli/program.ts';
import { readPage } from '../../support/docs/markdown.ts';
import { CapturedStream } from './captured-stream.ts';
import { lifeboat } from './command-line.ts';

/** What an operator must have (more may come). */
const NEEDED = [
  ...[
    'backup',
    'list',
    'show',
    'verify',
    'drill',
    'restore',
    'browse',
    'health',
    'hold',
    'runbook',
    'doctor',
  ],
];
/** Why a command prints no JSON: words of docs/cli.md. */
const WITHOUT_JSON: Readonly<Record<string, string>> = {};

const { commands } = await buildProgram([], {
  ...{ environment: {}, directory: '/nowhere', signal: new AbortController().signal, now: () => new Date() },
  ...{ stdout: new CapturedStream(), stderr: new CapturedStream() },
  withVault: () => Promise.reject(new Error('not opened')),
  present: () => {},
});

/** The commands that do something: `hold add`, not `hold`. */
function leaves(all: readonly Command[], before: readonly string[] = []): Array<readonly [string, Command]> {
  return all
    .filter((one) => one.name() !== 'help')
    .flatMap((one): Array<readonly [string, Command]> => {
      const path = [...before, one.name()];
      return one.commands.length === 0 ? [[path.join(' '), one]] : leaves(one.commands, path);
    });
}

const all = leaves(commands);
const page = readPage('docs/cli.md');

describe('every command', () => {
  it('is among those that an operator needs, or beyond', () => {
    expect(COMMAND_NAMES).toEqual(expect.arrayContaining(NEEDED));
    expect(all.length).toBeGreaterThan(COMMAND_NAMES.length);
  });

  it.each(all)('%s has --json, or a reason in docs/cli.md', (name, command) => {
    const reason = WITHOUT_JSON[name];
    if (reason !== undefined) expect(page).toContain(reason);
    else expect(command.options.map(({ long }) => long)).toContain('--json');
  });

  it.each(all.filter(([name]) => WITHOUT_JSON[name] === undefined))(
    '%s has its fields in the table of docs/cli.md',
    (name) => {
      const rows = page.slice(page.indexOf('\n## `--json`')).split('\n');
      const isAbout = (row: string) =>
        row.startsWith('| `') &&
        [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].some(([, one]) => one === name);
      expect(rows.some(isAbout), `a row that begins with | \`${name}\``).toBe(true);
    },
  );

  it.each(all)('%s says in a pipe what it can do, without colours, and ends with 0', async (name) => {
    const { exitCode, stdout, stderr } = await lifeboat([...name.split(' '), '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what must not be there.
    expect(stdout).not.toMatch(/\u001b/);
    expect(stdout).toContain(`lifeboat ${name}`);
  });

  it.each(all)('%s refuses an option that is not there with the documented code', async (name) => {
    const { exitCode, stdout } = await lifeboat([...name.split(' '), '--no-such-option', '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 2, remedy: expect.any(String) } });
  });
});
