import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupPrefix, manifestKey, proofKey } from '../../../lib/engine/archive/keys.ts';
import { listBackups } from '../../../lib/engine/archive/listing.ts';
import { formatManifest } from '../../../lib/engine/archive/manifest.ts';
import type { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { FIXTURE_PLACE, type FixtureArchive, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { intercept } from '../../support/intercepted-store.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { contents, copy, flipByte, keysOf, openAt, putProof } from './copy-world.ts';

const MANIFEST = manifestKey(FIXTURE_PLACE);

let server: S3Server;
let near: TestVault;
let far: TestVault;
let archive: FixtureArchive;

beforeEach(async () => {
  server = await startS3Server();
  near = await testVault();
  far = await testVault();
  archive = await writeFixtureArchive(near.store);
});
afterEach(async () => {
  await server.stop();
  near.remove();
  far.remove();
});

/** The keys that a copy must have, whatever else lies beside them at the origin. */
const wanted = (withProof = false) => keysOf(archive.manifest, FIXTURE_PLACE, withProof);

function failureOf(copying: Promise<unknown>): Promise<LifeboatError> {
  return copying.then(
    () => {
      throw new Error('the copy did not fail');
    },
    (error) => error,
  );
}

describe('a copy', () => {
  it.each(['directory to directory', 'directory to S3', 'S3 to directory', 'S3 to S3'] as const)(
    'from %s is the same backup under the same keys, proof included, and nothing else',
    async (way) => {
      const inS3 = openAt(server, 'near');
      const from = way.startsWith('S3') ? inS3 : near.store;
      // RECOVERY.md names the vault, so the archives differ.
      const { manifest } = way.startsWith('S3') ? await writeFixtureArchive(inS3) : archive;
      const to = way.endsWith('S3') ? openAt(server, 'far') : far.store;
      await putProof(from, FIXTURE_PLACE, manifest);
      // Of another attempt, and of somebody: both belong to no backup.
      await from.put(`${backupPrefix(FIXTURE_PLACE)}aaaaaaaa/roles.sql`, Buffer.from('stray'));
      await from.put(`${backupPrefix(FIXTURE_PLACE)}note.txt`, Buffer.from('stray'));

      const report = await copy(from, to);

      const there = await contents(to, FIXTURE_PLACE);
      const origin = await contents(from, FIXTURE_PLACE);
      expect([...there.keys()].sort()).toEqual(keysOf(manifest, FIXTURE_PLACE, true));
      for (const [key, bytes] of there)
        expect(bytes.equals(origin.get(key) ?? Buffer.alloc(0)), key).toBe(true);
      expect(report).toMatchObject({
        outcome: 'copied',
        proof: 'copied',
        objectsFound: 0,
        objects: report.objectsCopied,
        bytesCopied: manifest.totals.storedBytes,
        storedBytes: manifest.totals.storedBytes,
      });
      expect((await verifyBackup(to, FIXTURE_PLACE)).verdict).toBe('intact');
      expect((await listBackups(to)).backups.map(({ place }) => place)).toEqual([FIXTURE_PLACE]);
    },
  );

  it('of a backup that is there already changes nothing, but brings a proof that came later', async () => {
    expect(await copy(near.store, far.store)).toMatchObject({ outcome: 'copied', proof: 'none' });
    await putProof(near.store, FIXTURE_PLACE, archive.manifest);
    expect(await copy(near.store, far.store)).toMatchObject({ outcome: 'already-there', proof: 'copied' });
    const before = await contents(far.store, FIXTURE_PLACE);
    expect(await copy(near.store, far.store)).toMatchObject({
      outcome: 'already-there',
      proof: 'already-there',
      objectsCopied: 0,
    });
    expect(await contents(far.store, FIXTURE_PLACE)).toEqual(before);
  });

  it('leaves a proof behind that does not count', async () => {
    await near.store.put(proofKey(FIXTURE_PLACE), Buffer.from('{}'));
    expect(await copy(near.store, far.store)).toMatchObject({ outcome: 'copied', proof: 'none' });
    expect(await far.store.head(proofKey(FIXTURE_PLACE))).toBeUndefined();
  });

  it('writes the manifest after every other object, and the proof after the manifest', async () => {
    await putProof(near.store, FIXTURE_PLACE, archive.manifest);
    const order: string[] = [];
    const note = (key: string) => void order.push(key);
    await copy(near.store, intercept(far.store, { beforePut: note, beforeUpload: note }));
    expect(order.slice(-2)).toEqual([MANIFEST, proofKey(FIXTURE_PLACE)]);
    expect(order.sort()).toEqual(wanted(true));
  });
});

describe('a copy that was cut', () => {
  it('before each object, in the middle of it, or before the seal, goes on where it stopped', async () => {
    const objects = wanted().length - 1;
    for (let cutAt = 1; cutAt <= objects + 1; cutAt++) {
      for (const moment of ['beforeUpload', 'duringUpload'] as const) {
        const vault = await testVault();
        let seen = 0;
        const cut = () => {
          seen += 1;
          if (seen >= cutAt) throw new Error('cut');
        };
        const cutting = intercept(vault.store, { [moment]: cut, beforePut: cut });
        await expect(copy(near.store, cutting, { jobs: 1 })).rejects.toThrow('cut');
        expect((await listBackups(vault.store)).backups).toEqual([]);
        expect(vault.files().filter((file) => file.startsWith('.lifeboat-tmp'))).toEqual([]);
        const report = await copy(near.store, vault.store);
        expect(report).toMatchObject({ objectsFound: cutAt - 1, objectsCopied: objects - cutAt + 1 });
        expect((await verifyBackup(vault.store, FIXTURE_PLACE)).verdict).toBe('intact');
        vault.remove();
      }
    }
  });

  it('by a signal seals nothing, and abandons its uploads', async () => {
    const controller = new AbortController();
    const big = { ...FIXTURE_PLACE, backupId: '20261121T020000Z' };
    // Larger than one part, so that an upload in parts is open when the signal comes.
    const filler = Buffer.alloc(20 * 1024 * 1024, '-- filler\n');
    await writeFixtureArchive(near.store, { place: big, texts: { roles: filler } });
    server.onRequest = ({ operation }) => {
      if (operation === 'UploadPart') controller.abort(new Error('interrupted'));
      return undefined;
    };
    const far = openAt(server, 'far');
    await expect(copy(near.store, far, { place: big, signal: controller.signal })).rejects.toThrow(
      'interrupted',
    );
    expect(server.pendingUploads()).toEqual([]);
    expect((await listBackups(far)).backups).toEqual([]);
  });

  it('and whose objects were damaged at the target since then, is refused with what to do', async () => {
    await copy(near.store, far.store);
    rmSync(join(far.directory, MANIFEST));
    const chunk = archive.table('public', 'events').chunks[0]?.key ?? '';
    flipByte(far, chunk);
    const failure = await failureOf(copy(near.store, far.store));
    expect(failure).toMatchObject({ code: 'copy-object-differs', kind: 'vault' });
    expect(failure.what).toContain(chunk);
    const command = /`(rm '[^`]*')`/.exec(failure.remedy ?? '')?.[1] ?? '';
    expect(command).toBe(`rm '${far.directory}/${chunk}'`);
    rmSync(join(far.directory, chunk));
    expect(await copy(near.store, far.store)).toMatchObject({ outcome: 'copied', objectsCopied: 1 });

    rmSync(join(far.directory, MANIFEST));
    truncateSync(join(far.directory, chunk), 3);
    expect((await failureOf(copy(near.store, far.store))).what).toContain('has 3 bytes instead of');
  });
});

describe('damage at the origin', () => {
  const other = { ...FIXTURE_PLACE, backupId: '20261119T020000Z' };

  it.each(['flipped', 'cut short', 'gone', 'longer'] as const)(
    'of one object, %s, seals nothing, and names the backup to copy instead',
    async (what) => {
      await writeFixtureArchive(near.store, { place: other });
      const key = archive.table('public', 'users').chunks[0]?.key ?? '';
      const path = join(near.directory, key);
      if (what === 'flipped') flipByte(near, key);
      if (what === 'cut short') truncateSync(path, 5);
      if (what === 'gone') rmSync(path);
      if (what === 'longer') {
        rmSync(path);
        await near.store.put(key, Buffer.alloc(100_000));
      }
      const failure = await failureOf(copy(near.store, far.store));
      expect(failure).toMatchObject({ code: 'copy-origin-damaged', kind: 'verification' });
      expect(failure.what).toContain(key);
      expect(failure.remedy).toContain('daily/shop/20261119T020000Z');
      expect(await far.store.head(MANIFEST)).toBeUndefined();
      expect(await far.store.head(key)).toBeUndefined();
    },
  );

  it('of the manifest copies nothing at all', async () => {
    flipByte(near, MANIFEST);
    const failure = await failureOf(copy(near.store, far.store));
    expect(failure).toMatchObject({ code: 'copy-origin-damaged', kind: 'verification' });
    expect(failure.remedy).toContain('There is no other backup of shop');
    expect(far.files()).toEqual([]);
  });

  it('and a manifest that names keys outside of its own backup copies nothing at all', async () => {
    const [first] = archive.manifest.objects;
    if (!first) throw new Error('no object');
    const forged = structuredClone(archive.manifest);
    Object.assign(forged.objects[0] ?? {}, { key: `daily/shop/20261101T020000Z/manifest.json` });
    rmSync(join(near.directory, MANIFEST));
    await near.store.put(MANIFEST, formatManifest(forged));
    const failure = await failureOf(copy(near.store, far.store));
    expect(failure).toMatchObject({ code: 'copy-origin-damaged' });
    expect(failure.what).toContain("is not in this backup's own folder");
    expect(far.files()).toEqual([]);
  });
});

describe('the target', () => {
  it('with another backup of the same name is not touched', async () => {
    await writeFixtureArchive(far.store, { attempt: 'b2c3d4e5' });
    const before = await contents(far.store, FIXTURE_PLACE);
    const failure = await failureOf(copy(near.store, far.store));
    expect(failure).toMatchObject({ code: 'copy-manifest-differs', kind: 'vault' });
    expect(await contents(far.store, FIXTURE_PLACE)).toEqual(before);
  });

  it('that gets another backup of that name while this one is copied keeps it, whole', async () => {
    const racing = intercept(far.store, {
      beforePut: async (key) => {
        if (key === MANIFEST && !(await far.store.head(MANIFEST))) {
          await writeFixtureArchive(far.store, { attempt: 'b2c3d4e5' });
        }
      },
    });
    expect(await failureOf(copy(near.store, racing))).toMatchObject({ code: 'copy-manifest-differs' });
    expect((await verifyBackup(far.store, FIXTURE_PLACE)).verdict).toBe('intact');
  });

  it.each(['directory', 'S3'] as const)(
    'of several copies at once, a %s, is sealed once and whole',
    async (kind) => {
      const to = (): ObjectStore => (kind === 'S3' ? openAt(server, 'far') : far.store);
      const reports = await Promise.all([1, 2, 3].map(() => copy(near.store, to())));
      expect(reports.some(({ outcome }) => outcome === 'copied')).toBe(true);
      expect([...(await contents(to(), FIXTURE_PLACE)).keys()].sort()).toEqual(wanted());
      expect((await verifyBackup(to(), FIXTURE_PLACE)).verdict).toBe('intact');
    },
  );

  it.each(['directory', 'S3'] as const)(
    'whose objects another copy writes while this one sends them, a %s, keeps the first of each',
    async (kind) => {
      const to = kind === 'S3' ? openAt(server, 'far') : far.store;
      let other: ReturnType<typeof copy> | undefined;
      // After this one has looked at what is there, and before it sends anything.
      const overtaken = intercept(to, {
        beforeUpload: async () => {
          other ??= copy(near.store, to);
          await other;
        },
      });
      const report = await copy(near.store, overtaken);
      expect(report).toMatchObject({ outcome: 'copied', objectsCopied: 0, bytesCopied: 0, objectsFound: 20 });
      expect(await other).toMatchObject({ outcome: 'copied', objectsCopied: 20 });
      expect((await verifyBackup(to, FIXTURE_PLACE)).verdict).toBe('intact');
    },
  );

  it('whose object somebody else writes meanwhile keeps it, and nothing is sealed', async () => {
    const key = archive.keyOf('roles');
    const disturbed = intercept(far.store, {
      beforeUpload: async (uploaded) => {
        if (uploaded === key) await far.store.put(key, Buffer.from('something else'));
      },
    });
    expect(await failureOf(copy(near.store, disturbed))).toMatchObject({ code: 'copy-object-differs' });
    expect((await contents(far.store, FIXTURE_PLACE)).get(key)?.toString()).toBe('something else');
    expect(await far.store.head(MANIFEST)).toBeUndefined();
  });

  it.each([
    ['full', { status: 403, code: 'QuotaExceeded' }, 'vault-full'],
    ['not writable', { status: 403, code: 'AccessDenied' }, 'vault-access-denied'],
  ] as const)('that is %s says so, and nothing is sealed', async (_, fault, code) => {
    server.onRequest = ({ operation }) => (/^Put|^Upload|^Create/.test(operation) ? fault : undefined);
    const failure = await failureOf(copy(near.store, openAt(server, 'far')));
    expect(failure).toMatchObject({ code, kind: 'vault' });
    expect(server.keys()).toEqual([]);
  });

  it('that does not exist is not made: an unmounted disk looks the same', async () => {
    far.remove();
    expect(await failureOf(copy(near.store, far.store))).toMatchObject({ code: 'vault-missing' });
  });
});
