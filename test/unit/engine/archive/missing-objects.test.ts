import { describe, expect, it } from 'vitest';
import { checkArrived, notArrived } from '../../../../lib/engine/archive/arrival.ts';
import { incompleteBackup } from '../../../../lib/engine/archive/incomplete-backup.ts';
import { missingObjects, nameMissing } from '../../../../lib/engine/archive/missing-objects.ts';
import { storedObjects } from '../../../../lib/engine/archive/stored-objects.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

async function archive() {
  const store = new MemoryStore();
  const { manifest } = await writeFixtureArchive(store);
  store.requests.length = 0;
  return { store, manifest, objects: storedObjects(manifest) };
}

describe('the objects of a backup', () => {
  it('are looked for in a few listings, and none is read', async () => {
    const { store, objects } = await archive();
    expect(objects.length).toBeGreaterThan(10);
    expect(await missingObjects(store, objects)).toEqual([]);
    expect(store.requests.toSorted()).toEqual([
      'list daily/shop/20261120T020000Z/k3f9aqxz/',
      'list daily/shop/20261120T020000Z/k3f9aqxz/data/',
      'list daily/shop/20261120T020000Z/k3f9aqxz/large-objects/',
    ]);
  });

  it('are missing one by one, whichever it is, and when they have another size', async () => {
    const { store, objects } = await archive();
    for (const { key, sizeBytes } of objects) {
      const bytes = store.objects.get(key) ?? Buffer.alloc(0);
      store.objects.delete(key);
      expect(await missingObjects(store, objects)).toEqual([{ key, sizeBytes, foundBytes: undefined }]);
      store.objects.set(key, Buffer.concat([bytes, Buffer.from('x')]));
      expect(await missingObjects(store, objects)).toEqual([{ key, sizeBytes, foundBytes: sizeBytes + 1 }]);
      store.objects.set(key, bytes);
    }
  });

  it('are named, the first three of many', () => {
    const missing = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, sizeBytes: 2, foundBytes: undefined }));
    expect(nameMissing(missing)).toBe('a, b, c and 2 more');
    expect(nameMissing([{ key: 'a', sizeBytes: 2, foundBytes: 1 }])).toBe('a (1 bytes instead of 2)');
  });
});

describe('a backup that has not arrived', () => {
  it('is one in a replica only', async () => {
    const { store, manifest, objects } = await archive();
    store.objects.delete(objects[0]?.key ?? '');
    expect(await notArrived(store, FIXTURE_PLACE, manifest)).toEqual([]);
    await checkArrived(store, FIXTURE_PLACE);
    store.isReplica = true;
    expect(await notArrived(store, FIXTURE_PLACE, manifest)).toHaveLength(1);
    await expect(checkArrived(store, FIXTURE_PLACE)).rejects.toMatchObject({
      code: 'backup-arriving',
      kind: 'vault',
    });
  });

  it('costs one request to rule out where the vault is no replica', async () => {
    const { store } = await archive();
    await checkArrived(store, FIXTURE_PLACE);
    expect(store.requests).toEqual(['head daily/shop/20261120T020000Z/manifest.json']);
  });
});

describe('the error for what a restore lacks', () => {
  const older = { ...FIXTURE_PLACE, backupId: '20261119T020000Z' };

  it('names the newest other backup that is whole', async () => {
    const { store, objects } = await archive();
    await writeFixtureArchive(store, { place: { ...older, backupId: '20261118T020000Z' } });
    const { manifest } = await writeFixtureArchive(store, { place: older });
    const missing = await missingObjects(store, objects);
    const error = () => incompleteBackup(store, FIXTURE_PLACE, missing);
    expect(await error()).toMatchObject({ code: 'backup-incomplete', kind: 'verification' });
    expect((await error()).remedy).toContain('is daily/shop/20261119T020000Z.');
    // One that lacks something itself is not suggested.
    store.objects.delete(storedObjects(manifest)[0]?.key ?? '');
    expect((await error()).remedy).toContain('is daily/shop/20261118T020000Z.');
    // Nor one of another source.
    store.objects.delete('daily/shop/20261118T020000Z/manifest.json');
    await writeFixtureArchive(store, { place: { ...older, source: 'billing' } });
    expect((await error()).remedy).toContain('No other full backup of this source was found whole');
  });

  it('says of a replica that the rest may be on its way', async () => {
    const { store } = await archive();
    store.isReplica = true;
    const missing = [{ key: 'x', sizeBytes: 1, foundBytes: undefined }];
    expect((await incompleteBackup(store, FIXTURE_PLACE, missing)).meaning).toContain('on its way');
  });
});
