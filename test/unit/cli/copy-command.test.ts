import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { liesInVault } from '../../../lib/engine/keep/lies-in-vault.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, type FixtureArchive, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { lifeboat } from './command-line.ts';

const NEWEST = 'daily/shop/20261120T020000Z';
const OLDER = 'weekly/shop/20261118T020000Z';

let directory: string;
let near: string;
let far: string;
let newest: FixtureArchive;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
  near = join(directory, 'near');
  far = join(directory, 'far');
  mkdirSync(near);
  const store = openDirectoryStore(near);
  newest = await writeFixtureArchive(store);
  const place = { ...FIXTURE_PLACE, retentionClass: 'weekly', backupId: '20261118T020000Z' } as const;
  await writeFixtureArchive(store, { place });
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => mkdirSync(far));
afterEach(() => rmSync(far, { recursive: true, force: true }));

const copy = (...argv: string[]) => lifeboat(['copy', ...argv], { environment: { LIFEBOAT_VAULT: near } });

describe('lifeboat copy', () => {
  it('copies the latest backup, says so once, and says the second time that it is there', async () => {
    const first = await copy('--to', far);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain(`${NEWEST}: copied`);
    expect(first.stdout).toContain(`lifeboat drill ${NEWEST} --vault file://${far}`);
    const second = await copy('latest', '--to', far);
    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
    expect(second.stdout).toContain(`${NEWEST}: already there.`);
    expect((await lifeboat(['list', '--vault', far])).stdout).toContain('1 backup in');
  });

  it('shows its progress on a terminal only', async () => {
    const environment = { LIFEBOAT_VAULT: near };
    const shown = await lifeboat(['copy', '--to', far], { environment, columns: 100 });
    expect(shown.stderr).toMatch(/copy .*\/20 objects/);
    rmSync(far, { recursive: true });
    mkdirSync(far);
    const all = await lifeboat(['copy', '--all', '--to', far], { environment, columns: 100 });
    expect(all.stderr).toMatch(/copy 1\/2 .*\/20 objects/);
  });

  it('--json tells what became of the backup', async () => {
    const { stdout } = await copy('20261118T020000Z', '--to', far, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      vault: `file://${near}`,
      to: `file://${far}`,
      name: OLDER,
      retentionClass: 'weekly',
      outcome: 'copied',
      proof: 'none',
      objects: 20,
      objectsCopied: 20,
      objectsFound: 0,
    });
  });

  it('--all copies everything, and then nothing', async () => {
    const first = await copy('--all', '--to', far);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain('copied 2 (');
    const second = await copy('--all', '--to', far);
    expect(second.stdout).toContain('copied none, already there 2.');
    const { backups } = JSON.parse((await copy('--all', '--last', '1', '--to', far, '--json')).stdout);
    expect(backups).toMatchObject([{ name: NEWEST, outcome: 'already-there' }]);
  });

  it('creates the directory only if told to', async () => {
    rmSync(far, { recursive: true });
    expect(await copy('--all', '--to', far)).toMatchObject({ exitCode: 4 });
    expect(await copy('--all', '--to', far, '--create-vault')).toMatchObject({ exitCode: 0 });
  });

  it('of a damaged backup ends with 5, and with --all copies the others', async () => {
    const damaged = join(near, newest.keyOf('roles'));
    const sound = readFileSync(damaged);
    writeFileSync(damaged, Buffer.alloc(sound.length, 'x'));
    const one = await copy(NEWEST, '--to', far);
    expect(one).toMatchObject({ exitCode: 5, stdout: '' });
    expect(one.stderr).toContain(`the newest other one of this source is \`${OLDER}\``);
    const all = await copy('--all', '--to', far, '--json');
    expect(all.exitCode).toBe(5);
    expect(all.stderr).toContain('copy-origin-damaged (exit 5)');
    expect(JSON.parse(all.stdout).backups).toMatchObject([
      { name: NEWEST, outcome: 'failed', error: { code: 'copy-origin-damaged', kind: 'verification' } },
      { name: OLDER, outcome: 'copied' },
    ]);
    const text = await copy('--all', '--to', far);
    expect(text.stdout).toContain(`${NEWEST}: not copied.`);
    expect(text.stdout).toContain('copied none, already there 1, failed 1.');
    writeFileSync(damaged, sound);
  });

  it('does not call it success that there was nothing to copy', async () => {
    const empty = join(directory, 'empty');
    mkdirSync(empty, { recursive: true });
    expect(await copy('--all', '--vault', empty, '--to', far)).toMatchObject({ exitCode: 4 });
    const mistyped = await copy('--all', '--name', 'sohp', '--to', far);
    expect(mistyped.exitCode).toBe(4);
    expect(mistyped.stderr).toContain('There are backups of shop');
    // A class of which there is no backup yet: a new vault has no monthly one for a month.
    expect(await copy('--all', '--class', 'monthly', '--to', far)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('stopped before its end says what is there', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    const { exitCode, stderr } = await lifeboat(['copy', NEWEST, '--vault', near, '--to', far], { signal });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('Nothing was changed');
  });
});

describe('lifeboat copy refuses', () => {
  it.each([
    [['--all', 'latest'], 'copy-contradiction', '--all copies every backup'],
    [['--last', '3'], 'copy-contradiction', 'with --all only'],
    [['--last', '0', '--all'], 'command-line-invalid', 'whole number'],
    [['--lock-mode', 'compliance'], 'lock-days-missing', 'without --lock-days'],
    [['--to-profile', 'nowhere'], 'vault-profile-unknown', 'There is no profile "nowhere"'],
    [['--to-endpoint', 's3.example.com'], 'command-line-invalid', 'without a login'],
  ])('%j', async (argv, code, says) => {
    const { exitCode, stderr } = await copy(...argv, '--to', far);
    expect(stderr).toContain(code);
    expect(stderr).toContain(says);
    expect(exitCode).toBe(2);
  });

  it('an endpoint with a password, and does not repeat it', async () => {
    const { exitCode, stderr } = await copy(
      '--to',
      's3://bucket',
      '--to-endpoint',
      'https://me:s3cretpassword@s3.example.com',
    );
    expect(exitCode).toBe(2);
    expect(stderr).not.toContain('s3cretpassword');
  });

  it('the same vault, however it is written', async () => {
    const { exitCode, stderr } = await copy('--to', `${far}/../near/`);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('copy-same-vault');
  });

  it.each(['below', 'new', 'link', 'dangling'])('a place in the same vault: %s', async (kind) => {
    const link = join(directory, 'link');
    try {
      if (kind === 'link' || kind === 'dangling') symlinkSync(near, link);
      const to = {
        below: join(near, 'daily'),
        new: join(near, 'copies/of it'),
        link,
        dangling: join(link, 'not yet'),
      }[kind];
      const before = readdirSync(near, { recursive: true });
      for (const more of [[], ['--create-vault'], ['--all'], ['--to-endpoint', 'https://s3.example.com']]) {
        const { exitCode, stderr } = await copy('--to', to ?? '', ...more);
        expect(exitCode).toBe(2);
        expect(stderr).toContain('copy-same-vault');
      }
      expect(readdirSync(near, { recursive: true })).toEqual(before);
    } finally {
      rmSync(link, { force: true });
    }
  });

  it('a prefix in the same vault of a bucket, but not one that only begins alike', () => {
    expect(liesInVault('s3://bucket/a/b', 's3://bucket/a')).toBe(true);
    expect(liesInVault('s3://bucket/a', 's3://bucket')).toBe(true);
    expect(liesInVault('s3://bucket/ab', 's3://bucket/a')).toBe(false);
    expect(liesInVault('s3://bucket2', 's3://bucket')).toBe(false);
    expect(liesInVault('file:///a', 's3://bucket')).toBe(false);
    expect(liesInVault('file:///vault/..a', 'file:///vault')).toBe(true);
    expect(liesInVault('file:///vaults', 'file:///vault')).toBe(false);
  });

  it('a lock in a directory, which cannot hold one', async () => {
    const { exitCode, stderr } = await copy('--to', far, '--lock-days', '30');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('vault-no-object-lock');
    expect((await lifeboat(['list', '--vault', far])).stdout).toContain('No backup in');
  });

  it('no target', async () => {
    expect((await copy()).stderr).toContain("equired option '--to <url>' not specified");
  });
});
