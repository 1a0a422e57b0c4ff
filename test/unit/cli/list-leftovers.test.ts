import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { lifeboat } from './command-line.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-leftovers-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('shows attempts beside a sealed backup, and what has lost its manifest, and the bytes of both', async () => {
  const store = openDirectoryStore(directory);
  const raced = { ...FIXTURE_PLACE, source: 'raced' };
  await writeFixtureArchive(store, { place: raced });
  const stray = `${nameOfBackup(raced)}/loserxyz/data/0001-public.users.copy.zst`;
  await store.put(stray, Buffer.alloc(2000));
  await store.put(`${nameOfBackup(raced)}/loserxyz/restore.sh`, Buffer.alloc(500));
  const robbed = { ...FIXTURE_PLACE, source: 'raced', backupId: '20261115T020000Z' };
  await writeFixtureArchive(store, { place: robbed, seal: false });
  await store.put(`${nameOfBackup(robbed)}/proof.json`, Buffer.from('{}'));
  const list = ['list', '--vault', directory];
  const { stdout } = await lifeboat(list);
  expect(stdout).toContain('There is also 1 attempt (2.5 kB) beside sealed backups');
  expect(stdout).toContain(`manifest gone: ${nameOfBackup(robbed)} has a proof`);
  expect(stdout).not.toContain('unfinished attempt');
  const listed = JSON.parse((await lifeboat([...list, '--json'])).stdout);
  expect(listed).toMatchObject({ unfinished: [], manifestsGone: [nameOfBackup(robbed)] });
  expect(listed.leftovers).toEqual([
    {
      ...{ name: nameOfBackup(raced), attempt: 'loserxyz', besideSealed: true },
      ...{ objects: 2, storedBytes: 2500 },
    },
  ]);
  const shown = await lifeboat(['show', nameOfBackup(robbed), '--vault', directory, '--json']);
  expect(shown.stdout).toContain('backup-manifest-gone');
});
