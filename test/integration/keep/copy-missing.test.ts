import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BackupPlace, manifestKey } from '../../../lib/engine/archive/keys.ts';
import { listBackups, nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { copyMissing, type MissingRequest } from '../../../lib/engine/keep/copy-missing.ts';
import { FIXTURE_PLACE, type FixtureArchive, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { intercept } from '../../support/intercepted-store.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { flipByte, putProof } from './copy-world.ts';

const at = (day: number, place: Partial<BackupPlace> = {}): BackupPlace => ({
  ...FIXTURE_PLACE,
  backupId: `202611${day}T020000Z`,
  ...place,
});
/** Newest first. */
const PLACES = [at(15), at(14, { retentionClass: 'weekly' }), at(13, { source: 'blog' }), at(12), at(11)];
const [newest, weekly, blog, third, oldest] = PLACES.map(nameOfBackup);

let near: TestVault;
let far: TestVault;
const archives = new Map<string, FixtureArchive>();

beforeEach(async () => {
  near = await testVault();
  far = await testVault();
  for (const place of PLACES) {
    archives.set(nameOfBackup(place), await writeFixtureArchive(near.store, { place }));
  }
  await writeFixtureArchive(near.store, { place: at(16), seal: false });
});
afterEach(() => {
  near.remove();
  far.remove();
});

async function copyAll(options: Partial<MissingRequest> = {}): Promise<string[]> {
  const { signal } = new AbortController();
  const copies = await copyMissing({ from: near.store, to: far.store, signal, ...options });
  return copies.map((copy) => {
    const code = copy.outcome === 'failed' ? `: ${copy.failure.code}` : '';
    return `${nameOfBackup(copy.place)} ${copy.outcome}${code}`;
  });
}
async function there(): Promise<string[]> {
  return (await listBackups(far.store)).backups.map(({ place }) => nameOfBackup(place));
}

describe('a copy of everything that is missing', () => {
  it('copies the newest first, and nothing the second time', async () => {
    const order: string[] = [];
    const noting = intercept(far.store, {
      beforePut: (key) =>
        void (key.endsWith('manifest.json') && order.push(key.replace('/manifest.json', ''))),
    });
    expect(await copyAll({ to: noting })).toEqual(PLACES.map((place) => `${nameOfBackup(place)} copied`));
    expect(order).toEqual(PLACES.map(nameOfBackup));
    expect(await copyAll({ to: noting })).toEqual(
      PLACES.map((place) => `${nameOfBackup(place)} already-there`),
    );
    expect(order).toHaveLength(PLACES.length);
  });

  it('copies what has come since, and proofs that have', async () => {
    await copyAll();
    await writeFixtureArchive(near.store, { place: at(17) });
    await putProof(near.store, at(15), archives.get(newest ?? '')?.manifest ?? fail());
    expect((await copyAll())[0]).toBe('daily/shop/20261117T020000Z copied');
    expect((await listBackups(far.store)).backups.filter(({ hasProof }) => hasProof)).toMatchObject([
      { place: at(15) },
    ]);
  });

  it('of one source, one class, or the newest few of each source', async () => {
    expect(await copyAll({ filter: { source: 'blog' } })).toEqual([`${blog} copied`]);
    expect(await copyAll({ filter: { retentionClass: 'weekly' } })).toEqual([`${weekly} copied`]);
    expect(await copyAll({ last: 1 })).toEqual([`${newest} copied`, `${blog} already-there`]);
    expect(await there()).toEqual([newest, weekly, blog]);
  });

  it('goes on after a damaged backup, and after one that another has the place of', async () => {
    flipByte(near, archives.get(newest ?? '')?.keyOf('pre-data') ?? '');
    await writeFixtureArchive(far.store, { place: at(12), attempt: 'b2c3d4e5' });
    expect(await copyAll()).toEqual([
      `${newest} failed: copy-origin-damaged`,
      `${weekly} copied`,
      `${blog} copied`,
      `${third} failed: copy-manifest-differs`,
      `${oldest} copied`,
    ]);
  });

  it('ends when the target refuses, and says what was not tried', async () => {
    const full = new LifeboatError({ code: 'vault-full', kind: 'vault', what: 'No space is left.' });
    const filling = intercept(far.store, {
      beforeUpload: (key) => {
        if (key.startsWith('weekly/')) throw full;
      },
    });
    expect(await copyAll({ to: filling })).toEqual([
      `${newest} copied`,
      `${weekly} failed: vault-full`,
      `${blog} not-tried`,
      `${third} not-tried`,
      `${oldest} not-tried`,
    ]);
    expect(await there()).toEqual([newest]);
  });

  it('brings back what somebody removed there', async () => {
    await copyAll();
    rmSync(join(far.directory, manifestKey(at(12)), '..'), { recursive: true });
    expect(await copyAll()).toContain(`${third} copied`);
  });

  it('of a vault with a target that is missing throws: an unmounted disk looks the same', async () => {
    far.remove();
    await expect(copyAll()).rejects.toMatchObject({ code: 'vault-missing' });
  });
});

function fail(): never {
  throw new Error('no such archive');
}
