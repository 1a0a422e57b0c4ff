import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { lifeboat } from '../command-line.ts';

let vault: string;
beforeAll(async () => {
  vault = mkdtempSync(join(tmpdir(), 'lifeboat-completion-'));
  await writeFixtureArchive(openDirectoryStore(vault));
});
afterAll(() => rmSync(vault, { recursive: true, force: true }));

/** What the shell is told about these words, of which the last one is being typed. */
async function candidates(words: readonly string[], environment: Record<string, string> = {}) {
  const ran = await lifeboat(['completion', 'bash', '--', ...words], { environment });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  return ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0]);
}

describe('what fits at the cursor', () => {
  it.each([
    ['a command', ['re'], ['restore', 'refresh', ':none']],
    ['a command of a command', ['hold', ''], ['add', 'remove', 'list', 'help', ':none']],
    ['the command that help explains', ['help', 'dri'], ['drill', ':none']],
    ['an option', ['restore', 'latest', '--tab'], ['--table', ':none']],
    ['an option of a command of a command', ['hold', 'add', 'latest', '--rea'], ['--reason', ':none']],
    [
      'an option after one with a value',
      ['backup', '--name', 'list', '--host-p'],
      ['--host-profile', ':none'],
    ],
    ['an option after --json', ['list', '--json', '--tim'], ['--timeline', ':none']],
    ['a choice', ['backup', '--class', 'm'], ['monthly', 'manual', ':none']],
    ['a choice in the same word', ['backup', '--class=w'], ['--class=weekly', ':none']],
    ['a file', ['restore', '--identity', ''], [':files']],
    ['a directory of a vault', ['list', '--vault', ''], [':files']],
    ['a shell', ['completion', 'f'], ['fish', ':none']],
    ['nothing after a name of one’s own', ['list', '--name', ''], [':none']],
    ['nothing of an unknown command', ['bakup', '--'], ['--version', '--help', ':none']],
    ['nothing after the last argument', ['verify', 'latest', ''], [':none']],
    ['latest, without a vault', ['verify', ''], ['latest', ':none']],
    ['latest, with a vault that is not there', ['verify', '--vault', '/nowhere', ''], ['latest', ':none']],
  ])('is %s', async (_, words, expected) => {
    expect(await candidates(words)).toEqual(expected);
  });

  it('is a backup of the vault that the words or the environment name', async () => {
    const both = ['latest', FIXTURE_PLACE.backupId, ':none'];
    expect(await candidates(['show', ''], { LIFEBOAT_VAULT: vault })).toEqual(both);
    expect(await candidates(['hold', 'add', '--vault', vault, ''])).toEqual(both);
    expect(await candidates(['show', `--vault=${vault}`, '2'])).toEqual([FIXTURE_PLACE.backupId, ':none']);
    expect(await candidates(['show', '--name', 'another', ''], { LIFEBOAT_VAULT: vault })).toEqual([
      'latest',
      ':none',
    ]);
  });
});
