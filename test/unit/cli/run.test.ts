import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES } from '../../../lib/cli/program.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { lifeboat } from './command-line.ts';

describe('a wrong command line', () => {
  it.each([
    ['no command', [], /No command was given.*lifeboat --help/s],
    ['an unknown command', ['bakup'], /Unknown command 'bakup'.*Did you mean backup\?/s],
    ['an unknown option', ['list', '--vualt', '/x'], /Unknown option '--vualt'.*Did you mean --vault\?/s],
    ['an unknown class', ['list', '--class', 'hourly'], /'hourly' is invalid. Allowed choices are daily/],
    [
      'a number out of bounds',
      ['backup', '--jobs', '0'],
      /'0' is invalid. It must be a whole number from 1 to 64/,
    ],
    ['an argument too many', ['list', 'everything'], /Too many arguments for 'list'/],
    ['a missing argument', ['show'], /Missing required argument 'backup'.*lifeboat show --help/s],
    ['an option without its value', ['list', '--vault'], /'--vault <url>' argument missing/],
    ['a time without a zone', ['backup', '--slot', '2026-11-20T02:00:00'], /a time with its zone/],
    ['no vault', ['list'], /No vault was named/],
    ['no source', ['backup', '--vault', '/nowhere'], /No source was named/],
    [
      'a name that no key can hold',
      ['backup', '--vault', '/x', '--source', 'postgres://a@localhost/b', '--name', 'My Shop'],
      /cannot be a source's name/,
    ],
    ['a source that is no URL', ['backup', '--vault', '/x', '--source', 'localhost'], /URL cannot be used/],
  ])('with %s ends with 2 and says what to do', async (_, argv, message) => {
    const { exitCode, stdout, stderr } = await lifeboat(argv);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^to do /m);
    expect(stderr).toMatch(/\(exit 2\)\n$/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('is never repeated with the password that stands in it', async () => {
    for (const argv of [
      ['backup', '--sourc=postgres://app:hunter22@db/shop'],
      ['backup', 'postgres://app:hunter22@db/shop'],
      ['backup', '--vault', 'postgres://app:hunter22@db/shop'],
      ['list', '--class', 'postgres://app:hunter22@db/shop'],
    ]) {
      const { exitCode, stderr, stdout } = await lifeboat([...argv, '--json']);
      expect(exitCode).toBe(2);
      expect(stderr + stdout).not.toContain('hunter22');
    }
  });

  it('is an object on stdout with --json, and no text on stderr', async () => {
    const { stdout, stderr } = await lifeboat(['bakup', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'command-line-invalid',
        kind: 'usage',
        exitCode: 2,
        what: "Unknown command 'bakup'.",
        meaning: null,
        remedy: 'Did you mean backup? `lifeboat --help` shows the commands.',
      },
    });
    expect(stderr).toBe('');
  });
});

describe('help', () => {
  it('shows commands, examples and exit codes, and that the password stays out of the arguments', async () => {
    const { exitCode, stdout, stderr } = await lifeboat(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const part of ['Something is gone:', 'Exit codes:', 'LIFEBOAT_SOURCE_URL', '130 ']) {
      expect(stdout).toContain(part);
    }
  });

  it('lists every command below one purpose, the most urgent first', async () => {
    const { stdout } = await lifeboat(['--help']);
    const headings = stdout.split('\n').filter((line) => /^\S.*:$/.test(line) && line !== 'Options:');
    expect(headings.slice(0, 5)).toEqual([
      'Something is gone:',
      'Every day:',
      'Look into a backup or the vault:',
      'Keep backups, or let them go:',
      'Set up:',
    ]);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+)(?: [[<]| {2,})/gm)].map(([, name]) => name);
    for (const name of [...COMMAND_NAMES, 'help']) {
      expect(
        listed.filter((one) => one === name),
        name,
      ).toEqual([name]);
    }
    expect(await lifeboat(['help'])).toMatchObject({ exitCode: 0, stdout });
  });

  it.each(['backup', 'list', 'show', 'verify', 'drill'])(
    'of %s fits a terminal of 80 columns',
    async (command) => {
      const { exitCode, stdout } = await lifeboat([command, '--help'], {
        columns: 80,
        environment: { NO_COLOR: '1' },
      });
      expect(exitCode).toBe(0);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
      expect(
        await lifeboat(['help', command], { columns: 80, environment: { NO_COLOR: '1' } }),
      ).toMatchObject({ stdout });
    },
  );

  it('has colours in a terminal only', async () => {
    expect((await lifeboat(['--help'])).stdout).not.toContain('\u001b');
    expect((await lifeboat(['--help'], { columns: 80 })).stdout).toContain('\u001b[1m');
  });

  it('tells the version', async () => {
    expect(await lifeboat(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('what nobody foresaw', () => {
  // A clock that fails stands for any defect: it is asked for after the vault was read.
  const defect = () => {
    throw new Error('cannot reach postgres://app:hunter22@db/shop with hunter22');
  };
  const listing = ['list', '--vault', '/', '--json'];
  const environment = { PGPASSWORD: 'hunter22' };

  it('ends with 1, without a stack and without a secret', async () => {
    const { exitCode, stdout, stderr } = await lifeboat(listing, { now: defect, environment });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'unexpected', exitCode: 1 });
    expect(JSON.parse(stdout).error.remedy).toContain('LIFEBOAT_DEBUG=1');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout + stderr).not.toContain('hunter22');
  });

  it('shows its stack with LIFEBOAT_DEBUG=1, still without a secret', async () => {
    const { stderr } = await lifeboat(listing, {
      now: defect,
      environment: { ...environment, LIFEBOAT_DEBUG: '1' },
    });
    expect(stderr).toMatch(/\n\s+at /);
    expect(stderr).not.toContain('hunter22');
  });
});

it('says what state things are in when it was interrupted', async () => {
  const reason = new LifeboatError({ code: 'interrupted', kind: 'interrupted', what: 'Interrupted.' });
  const { exitCode, stderr } = await lifeboat(['list', '--vault', '/'], {
    signal: AbortSignal.abort(reason),
  });
  expect(exitCode).toBe(130);
  expect(stderr).toMatch(/^error {4}Interrupted\.\nmeaning {2}Nothing was changed/);
});
