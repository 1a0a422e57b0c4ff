import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BackupPlace, manifestKey } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { lastScrubEndedAt } from '../../../lib/engine/archive/scrub-summary.ts';
import { neededDeletion } from '../../../lib/engine/keep/prune/prunable-vault.ts';
import { removeFolder } from '../../../lib/engine/keep/prune/remove-folder.ts';
import { readObject } from '../../../lib/engine/storage/object-store.ts';
import { writeFixtureArchive } from '../../support/archive-fixture.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';

const NEWEST: BackupPlace = { retentionClass: 'daily', source: 'shop', backupId: '20261120T020000Z' };
const OLDER: BackupPlace = { retentionClass: 'weekly', source: 'shop', backupId: '20261115T020000Z' };
const OTHER: BackupPlace = { retentionClass: 'daily', source: 'blog', backupId: '20261119T020000Z' };

let vault: TestVault;
beforeEach(async () => {
  vault = await testVault();
  for (const place of [NEWEST, OLDER, OTHER]) await writeFixtureArchive(vault.store, { place });
});
afterEach(() => vault.remove());

const run = (...argv: string[]) => lifeboat([...argv, '--vault', `file://${vault.directory}`]);
const verifyAll = async (...argv: string[]) => {
  const { exitCode, stdout } = await run('verify', '--all', '--json', ...argv);
  return { exitCode, ...JSON.parse(stdout) };
};
const records = () => vault.files().filter((file) => file.includes('scrubs/'));

async function damage(key: string): Promise<void> {
  const bytes = await readObject(vault.store, key);
  bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 1;
  await vault.store.put(key, bytes, { ifAbsent: false });
}

it('reads every backup, and writes nothing unless asked', async () => {
  const found = await verifyAll('--jobs', '2');
  expect(found).toMatchObject({
    ...{ exitCode: 0, verdict: 'intact', recorded: false },
    totals: { backups: 3, intact: 3, damaged: 0, unreadable: 0, objects: 60 },
  });
  expect(records()).toEqual([]);
  const { stdout } = await run('verify', '--all');
  expect(stdout).toContain('3 backups in');
  expect(stdout).toContain('every object is what was written');
});

it('one damaged backup hides no other, and the text names what is damaged and what is intact', async () => {
  await damage(`${nameOfBackup(NEWEST)}/k3f9aqxz/data/0001-public.users.copy.zst`);
  await vault.store.put(manifestKey(OTHER), Buffer.from('{'), { ifAbsent: false });
  const found = await verifyAll('--record');
  expect(found).toMatchObject({
    ...{ exitCode: 5, verdict: 'damaged', recorded: true },
    totals: { backups: 3, intact: 1, damaged: 2 },
  });
  const { exitCode, stdout } = await run('verify', '--all');
  expect(exitCode).toBe(5);
  expect(stdout).toContain('data/0001-public.users.copy.zst is not what was written: its SHA-256 differs');
  const said = stdout.replaceAll(/\s+/g, ' ');
  // Of each source its own: the newest intact backup of another one helps nobody.
  expect(said).toContain(`the newest of shop is ${nameOfBackup(OLDER)}: restore that one`);
  expect(said).toContain('no full backup of blog that was read now');
  const { stdout: listed } = await run('list');
  expect(listed).toMatch(/READ/);
  const { stdout: shown } = await run('show', nameOfBackup(NEWEST));
  expect(shown).toMatch(/read whole.*damaged: /);
});

it('records what it found, where list and show say it, and goes on after an interruption', async () => {
  expect((await verifyAll('--record', '--name', 'blog')).totals.backups).toBe(1);
  // Of a part of the vault there is no summary: the sentinel takes that as a scrub of all of it.
  expect(records()).toEqual([expect.stringMatching(/^daily\/blog\/scrubs\/20261119T020000Z_.*\.json$/)]);
  const second = await verifyAll('--record', '--unless-read-within', '1');
  expect(second).toMatchObject({ skipped: [nameOfBackup(OTHER)], totals: { backups: 2 } });
  const third = await verifyAll('--record');
  expect(third.totals.backups).toBe(3);
  expect(records().filter((file) => file.startsWith('scrubs/'))).toHaveLength(1);
  const { stdout } = await run('list', '--json');
  const { backups } = JSON.parse(stdout);
  expect(backups).toHaveLength(3);
  for (const { scrub } of backups) {
    expect(scrub).toMatchObject({ verdict: 'intact', opened: null, problems: 0 });
  }
  const shown = JSON.parse((await run('show', nameOfBackup(OTHER), '--json')).stdout);
  expect(shown.scrub).toMatchObject({ backup: nameOfBackup(OTHER), verdict: 'intact' });
});

it('a record says nothing about a copy of the vault elsewhere', async () => {
  await verifyAll('--record');
  const copy = await testVault();
  for (const file of vault.files()) {
    await copy.store.put(file, await readObject(vault.store, file));
  }
  const { stdout } = await lifeboat(['list', '--json', '--vault', `file://${copy.directory}`]);
  for (const { scrub } of JSON.parse(stdout).backups) expect(scrub).toBeNull();
  copy.remove();
});

it.each([
  [['--all', nameOfBackup(NEWEST)], 'does not go together with the backup'],
  [['--all', '--require-table', 'public.users'], '--require-table'],
  [['--all', '--before', '2026-11-20'], 'a time'],
  [['--record'], 'belong to --all'],
  [['--unless-read-within', '3'], 'belong to --all'],
])('refuses %j', async (argv, words) => {
  const { exitCode, stderr } = await run('verify', ...argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(words);
});

it('prune deletes the records of a backup with it, and no others', async () => {
  await verifyAll('--record');
  const deletion = await neededDeletion(vault.store, {});
  await removeFolder({ store: vault.store, deletion, place: OLDER, options: {} });
  expect(records().some((file) => file.startsWith('weekly/'))).toBe(false);
  expect(records().filter((file) => file.startsWith('daily/'))).toHaveLength(2);
});

it('what was read counts even if no record may be written', async () => {
  await damage(`${nameOfBackup(NEWEST)}/k3f9aqxz/data/0001-public.users.copy.zst`);
  // Where the folder of the records should be.
  for (const source of ['daily/shop', 'daily/blog']) {
    writeFileSync(join(vault.directory, source, 'scrubs'), '');
  }
  const found = await verifyAll('--record');
  expect(found).toMatchObject({
    ...{ exitCode: 5, verdict: 'damaged', recorded: false },
    notRecorded: { what: expect.stringContaining('scrubs') },
    totals: { backups: 3, damaged: 1 },
  });
  const others = await run('verify', '--all', '--record', '--name', 'blog');
  expect(others.exitCode).toBe(4);
  expect(others.stdout).toContain('every object is what was written');
  expect(others.stdout).toContain('not recorded');
  expect(others.stderr).toContain('no record could be written');
  // No summary: for the sentinel no scrub has ended.
  expect(records().filter((file) => !file.startsWith('weekly/'))).toEqual([]);
});

it('a record from a clock that is years ahead hides nothing that is found later', async () => {
  const ahead = await run('verify', '--all', '--record', '--json');
  expect(ahead.exitCode).toBe(0);
  for (const file of records()) {
    const future = file.replace(/\d{8}T\d{6}\.\d{3}Z\.json$/, '20991231T000000.000Z.json');
    renameSync(join(vault.directory, file), join(vault.directory, future));
    utimesSync(join(vault.directory, future), 1_700_000_000, 1_700_000_000);
  }
  await damage(`${nameOfBackup(NEWEST)}/k3f9aqxz/data/0001-public.users.copy.zst`);
  await verifyAll('--record');
  const shown = JSON.parse((await run('show', nameOfBackup(NEWEST), '--json')).stdout);
  expect(shown.scrub).toMatchObject({ verdict: 'damaged' });
  const endedAt = await lastScrubEndedAt(vault.store, {});
  expect(endedAt?.getTime()).toBeGreaterThan(1_700_000_000_000);
});
