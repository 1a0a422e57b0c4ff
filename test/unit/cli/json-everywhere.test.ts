import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../lib/cli/program/context.ts';
import { buildProgram, COMMAND_NAMES } from '../../../lib/cli/program.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { CapturedStream } from './captured-stream.ts';
import { lifeboat } from './command-line.ts';

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-json-'));
  mkdirSync(join(directory, 'vault'));
  mkdirSync(join(directory, 'copy'));
  await writeFixtureArchive(openDirectoryStore(join(directory, 'vault')));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const NAME = `${FIXTURE_PLACE.retentionClass}/${FIXTURE_PLACE.source}/${FIXTURE_PLACE.backupId}`;
/** Refused before anybody is asked. */
const NOWHERE = 'https://db.example.com/shop';

/** A use of every command that takes --json, for which it needs no server: what works, and what fails. */
const WORKING: ReadonlyArray<readonly string[]> = [
  ['list'],
  ['list', '--timeline'],
  ['show', NAME],
  ['verify', NAME],
  ['copy', NAME, '--to', 'copy'],
  ['prune'],
  ['cost'],
  ['runbook'],
  ['completion', 'bash'],
];
const FAILING: ReadonlyArray<readonly string[]> = [
  ['list', '--vault', 'missing'],
  ['show', 'daily/shop/2026'],
  ['copy', 'daily/shop/2026', '--to', 'copy'],
  ['verify', 'daily/none/20261120T020000Z'],
  ['backup', '--source', NOWHERE],
  ['capture', '--source', NOWHERE],
  ['pitr', 'status', '--source', NOWHERE],
  ['drill', 'daily/none/20261120T020000Z'],
  ['restore', NAME, '--target', NOWHERE],
  ['restore', NAME, '--rows', '--target', NOWHERE],
  ['browse', 'daily/none/20261120T020000Z'],
  ['query', 'daily/none/20261120T020000Z', 'SELECT 1'],
  ['hold', 'list'],
  ['erasures', 'list', '--vault', 'missing'],
  ['hold', 'add', 'daily/none/20261120T020000Z', '--reason', 'x'],
  ['prune', '--delete', '--vault', 'missing'],
  ['diff', NAME, '--source', NOWHERE],
  ['doctor', '--jobs', 'x'],
  ['health', '--source', NOWHERE],
  ['estimate', '--source', NOWHERE],
  ['backfill', '--table', 't', '--set', 'c', '--sql', '1', '--target', NOWHERE],
  ['refresh', NAME, '--mask', 'missing.json'],
  ['alert', 'nonsense'],
  ['find', '--nonsense'],
  ['export', '--nonsense'],
  ['init', '--nonsense'],
  ['status', '--nonsense'],
  ['evidence', 'verify', '--public-key', 'missing.pub'],
  ['runbook', '--vault', 'missing'],
];

const inVault = (argv: readonly string[]) => [
  ...argv,
  ...(argv.includes('--vault') || /^(?:alert|backfill|completion|estimate|health|init)$/.test(argv[0] ?? '')
    ? []
    : ['--vault', 'vault']),
  '--json',
];

describe('--json', () => {
  it.each(WORKING)('lifeboat %s %s: one object on stdout, and nothing on stderr', async (...argv) => {
    const { exitCode, stdout, stderr } = await lifeboat(inVault(argv), { directory });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(expect.any(Object));
  });

  it.each(FAILING)(
    'lifeboat %s %s: the error is an object on stdout, and on stderr nowhere',
    async (...argv) => {
      const { exitCode, stdout, stderr } = await lifeboat(inVault(argv), { directory });
      expect(exitCode).not.toBe(0);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        error: expect.objectContaining({ code: expect.any(String), exitCode, what: expect.any(String) }),
      });
    },
  );

  it('is tried here with every command that has it', async () => {
    const context = {
      ...{ environment: {}, directory, signal: new AbortController().signal, now: () => new Date() },
      ...{ stdout: new CapturedStream(), stderr: new CapturedStream() },
      withVault: () => Promise.reject(new Error('not opened')),
      present: () => {},
    } satisfies Context;
    const { commands } = await buildProgram([], context);
    const tried = new Set([...WORKING, ...FAILING].map(([name]) => name));
    const has = commands.filter((one) =>
      [one, ...one.commands].some(({ options }) => options.some(({ long }) => long === '--json')),
    );
    expect(has.map((one) => one.name()).filter((name) => !tried.has(name))).toEqual([]);
    expect(COMMAND_NAMES).toEqual(expect.arrayContaining([...tried]));
  });
});
