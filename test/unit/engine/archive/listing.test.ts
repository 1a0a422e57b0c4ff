import { beforeEach, describe, expect, it } from 'vitest';
import { type BackupPlace, manifestKey, proofKey } from '../../../../lib/engine/archive/keys.ts';
import { listBackups, nameOfBackup } from '../../../../lib/engine/archive/listing.ts';
import { resolveBackup } from '../../../../lib/engine/archive/resolve-backup.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

function place(name: string): BackupPlace {
  const [retentionClass, source, backupId] = name.split('/');
  return { retentionClass, source, backupId } as BackupPlace;
}

let store: MemoryStore;

function addBackup(name: string, { proven = false } = {}) {
  store.objects.set(manifestKey(place(name)), Buffer.from('{}'));
  for (let chunk = 0; chunk < 50; chunk++)
    store.objects.set(`${name}/abcdefgh/data/${chunk}`, Buffer.from('x'));
  if (proven) store.objects.set(proofKey(place(name)), Buffer.from('{}'));
}

function addUnfinished(name: string) {
  store.objects.set(`${name}/abcdefgh/data/0001-public.users.copy.zst`, Buffer.from('x'));
}

beforeEach(() => {
  store = new MemoryStore();
});

describe('the backups of a vault', () => {
  it('are the folders with a manifest, newest first, wherever they lie', async () => {
    addBackup('daily/shop/20261119T020000Z', { proven: true });
    addBackup('daily/shop/20261120T020000Z');
    addBackup('weekly/shop/20261120T030000Z');
    addBackup('manual/blog/20261120T023000Z-k3f9aq');
    addUnfinished('daily/shop/20261121T020000Z');
    const { backups, unfinished } = await listBackups(store);
    expect(backups.map((backup) => [nameOfBackup(backup.place), backup.hasProof])).toEqual([
      ['weekly/shop/20261120T030000Z', false],
      ['manual/blog/20261120T023000Z-k3f9aq', false],
      ['daily/shop/20261120T020000Z', false],
      ['daily/shop/20261119T020000Z', true],
    ]);
    expect(unfinished.map(nameOfBackup)).toEqual(['daily/shop/20261121T020000Z']);
  });

  it('can be narrowed to a source and a class', async () => {
    addBackup('daily/shop/20261119T020000Z');
    addBackup('daily/blog/20261119T020000Z');
    addBackup('weekly/shop/20261119T020000Z');
    const names = async (filter: Parameters<typeof listBackups>[1]) =>
      (await listBackups(store, filter)).backups.map((backup) => nameOfBackup(backup.place));
    expect(await names({ source: 'shop', retentionClass: 'daily' })).toEqual(['daily/shop/20261119T020000Z']);
    expect(await names({ source: 'blog' })).toEqual(['daily/blog/20261119T020000Z']);
    expect(await names({ source: 'nobody' })).toEqual([]);
  });

  it('pass over what is not of a vault', async () => {
    for (const key of [
      'manifest.json',
      'readme/shop/20261120T020000Z/manifest.json',
      'daily/SHOP/20261120T020000Z/manifest.json',
      'daily/shop/latest/manifest.json',
      'daily/shop/manifest.json',
    ]) {
      store.objects.set(key, Buffer.from('{}'));
    }
    expect(await listBackups(store)).toMatchObject({
      backups: [],
      unfinished: [],
      manifestGone: [],
      remnants: [],
      rowsCopies: [],
    });
  });

  it('are no proofs that are left of backups which have expired', async () => {
    store.objects.set('daily/shop/20261119T020000Z/proof.json', Buffer.from('{}'));
    const { backups, unfinished, remnants } = await listBackups(store);
    expect({ backups, unfinished }).toEqual({ backups: [], unfinished: [] });
    expect(remnants.map(nameOfBackup)).toEqual(['daily/shop/20261119T020000Z']);
  });

  it('are found by listing folders, never chunks', async () => {
    addBackup('daily/shop/20261119T020000Z');
    addBackup('daily/shop/20261120T020000Z');
    store.requests.length = 0;
    await listBackups(store);
    expect(store.requests.sort()).toEqual([
      'list ',
      'list daily/',
      'list daily/shop/',
      'list daily/shop/20261119T020000Z/',
      'list daily/shop/20261120T020000Z/',
    ]);
  });
});

describe('a reference to a backup', () => {
  const resolve = async (reference: string, filter = {}) =>
    nameOfBackup(await resolveBackup(store, reference, filter));

  it('`latest` of several sources needs a source, and the error names them', async () => {
    addBackup('daily/shop/20261119T020000Z');
    addBackup('daily/blog/20261120T020000Z');
    addUnfinished('daily/zoo/20261121T020000Z');
    await expect(resolve('latest')).rejects.toMatchObject({
      code: 'backup-source-ambiguous',
      kind: 'usage',
      what: 'memory:///vault holds backups of several sources: blog, shop.',
    });
  });

  it('`latest` of nothing says what is there instead', async () => {
    await expect(resolve('latest')).rejects.toMatchObject({ code: 'backup-none', kind: 'vault' });
    addUnfinished('daily/shop/20261120T020000Z');
    await expect(resolve('latest', { source: 'shop' })).rejects.toThrow(
      'There is no backup of shop in memory:///vault, only unfinished attempts: 1.',
    );
  });

  it('an id is enough when only one backup has it', async () => {
    addBackup('daily/shop/20261120T020000Z');
    addUnfinished('daily/blog/20261120T020000Z');
    expect(await resolve('20261120T020000Z')).toBe('daily/shop/20261120T020000Z');
    addBackup('weekly/shop/20261120T020000Z');
    await expect(resolve('20261120T020000Z')).rejects.toMatchObject({
      code: 'backup-ambiguous',
      remedy: 'Write the full name: weekly/shop/20261120T020000Z or daily/shop/20261120T020000Z.',
    });
    await expect(resolve('20261121T020000Z')).rejects.toMatchObject({ code: 'backup-not-found' });
  });

  it('class/source/id is exact', async () => {
    addBackup('daily/shop/20261120T020000Z');
    addUnfinished('daily/shop/20261121T020000Z');
    expect(await resolve('daily/shop/20261120T020000Z')).toBe('daily/shop/20261120T020000Z');
    expect(await resolve('daily/shop/20261120T020000Z/')).toBe('daily/shop/20261120T020000Z');
    await expect(resolve('weekly/shop/20261120T020000Z')).rejects.toMatchObject({ code: 'backup-not-found' });
    await expect(resolve('daily/shop/20261121T020000Z')).rejects.toMatchObject({ code: 'backup-unfinished' });
  });

  it('that is half typed, or has a wrong digit, is asked after', async () => {
    addBackup('daily/shop/20261119T020000Z');
    addBackup('daily/shop/20261120T020000Z');
    addBackup('manual/shop/20261120T101500Z-k3f9aq');
    for (const [typed, meant] of [
      ['20261119', 'daily/shop/20261119T020000Z'],
      ['20261120T02', 'daily/shop/20261120T020000Z'],
      ['20261120', 'manual/shop/20261120T101500Z-k3f9aq or daily/shop/20261120T020000Z'],
      ['shop/20261119', 'daily/shop/20261119T020000Z'],
      ['manual/shop/2026', 'manual/shop/20261120T101500Z-k3f9aq'],
      ['20261119T020001Z', 'daily/shop/20261119T020000Z'],
      ['daily/shop/20261120T101500Z-k3f9aq', 'manual/shop/20261120T101500Z-k3f9aq'],
      ['20261120T101500Z-k3f9qa', 'manual/shop/20261120T101500Z-k3f9aq'],
    ] as const) {
      await expect(resolve(typed)).rejects.toThrow(`Did you mean ${meant}?`);
    }
    await expect(resolve('yesterday')).rejects.not.toThrow('Did you mean');
  });

  it('`latest` of a source that is not there names those that are', async () => {
    addBackup('daily/shop/20261119T020000Z');
    await expect(resolve('latest', { source: 'sohp' })).rejects.toThrow('There are backups of shop.');
  });

  it.each([
    '',
    'newest',
    'daily/shop',
    'hourly/shop/20261120T020000Z',
    '../../etc/passwd',
    'daily/../20261120T020000Z',
  ])('anything else is refused: %j', async (reference) => {
    await expect(resolve(reference)).rejects.toMatchObject({
      code: 'backup-reference-invalid',
      kind: 'usage',
    });
  });
});
