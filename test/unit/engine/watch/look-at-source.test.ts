import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BackupPlace,
  backupPrefix,
  manifestKey,
  proofKey,
} from '../../../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { estimateDrillBytes } from '../../../../lib/engine/target/disk-room.ts';
import { type LookRequest, lookAtSource } from '../../../../lib/engine/watch/look-at-source.ts';
import { ManifestMemory } from '../../../../lib/engine/watch/manifest-memory.ts';
import { DatedVault } from './dated-vault.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-11-20T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR);

function look(store: DatedVault, request: Partial<LookRequest> = {}) {
  return lookAtSource({
    store,
    source: 'shop',
    backupsDueSince: hoursAgo(1000),
    drillsDueSince: hoursAgo(1000),
    now: NOW,
    ...request,
  });
}

describe('the age of backups', () => {
  it('is counted from the creation of the schedule while there is none', async () => {
    const { backupAgeSeconds, newestFull } = await look(new DatedVault(), { backupsDueSince: hoursAgo(3) });
    expect(backupAgeSeconds).toBe(3 * 3600);
    expect(newestFull).toBeUndefined();
  });

  it('is counted from the newest manifest, whatever its class', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(30), retentionClass: 'daily' });
    const newest = vault.seal({ slot: hoursAgo(6), retentionClass: 'monthly' });
    vault.seal({ slot: hoursAgo(54), retentionClass: 'manual' });
    expect(await look(vault)).toMatchObject({ backupAgeSeconds: 6 * 3600, newestFull: newest });
  });

  it('starts anew when a schedule is younger than the last backup: a source that was away', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(500) });
    expect((await look(vault, { backupsDueSince: hoursAgo(2) })).backupAgeSeconds).toBe(2 * 3600);
  });

  it('believes the vault about when a manifest was written, not the id', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(-8760), sealedAt: hoursAgo(40) });
    const newest = vault.seal({ slot: hoursAgo(20), sealedAt: hoursAgo(19) });
    expect(await look(vault)).toMatchObject({ backupAgeSeconds: 19 * 3600, newestFull: newest });
  });

  it('does not count attempts, backups of the schema only, other sources, or names that are no backup’s', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(26) });
    const open = vault.seal({ slot: hoursAgo(1) });
    vault.objects.delete(manifestKey(open));
    vault.write('daily/shop/20261120T110000Z/k3f9aqxz/data/0001.copy.zst', Buffer.from('x'), NOW);
    vault.seal({ slot: hoursAgo(2), scope: 'schema-only', retentionClass: 'manual' });
    vault.seal({ slot: hoursAgo(2), source: 'shop2' });
    vault.write('daily/shop/latest/manifest.json', Buffer.from('{}'), NOW);
    expect((await look(vault)).backupAgeSeconds).toBe(26 * 3600);
  });

  it('does not count a manifest that is damaged or another backup’s, and says so', async () => {
    const vault = new DatedVault();
    const sound = vault.seal({ slot: hoursAgo(26) });
    const cut = vault.seal({ slot: hoursAgo(2) });
    vault.write(manifestKey(cut), Buffer.from('{"format":1'), hoursAgo(2));
    const copied = vault.seal({ slot: hoursAgo(1) });
    vault.write(manifestKey(copied), vault.objects.get(manifestKey(sound)) ?? Buffer.alloc(0), hoursAgo(1));
    const { backupAgeSeconds, problems, storageBytes } = await look(vault);
    expect(backupAgeSeconds).toBe(26 * 3600);
    expect(storageBytes).toBe(1000);
    expect(problems.toSorted()).toEqual([
      expect.stringContaining('daily/shop/20261120T100000Z does not count as a backup'),
      expect.stringContaining('daily/shop/20261120T110000Z does not count as a backup'),
    ]);
  });

  it('does not count a backup that lacks an object, says which, and counts it when the object is there', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(26) });
    const newest = vault.seal({ slot: hoursAgo(2) });
    const [chunk = ''] = [...vault.objects.keys()].filter(
      (key) => key.startsWith(backupPrefix(newest)) && key.endsWith('.copy.zst'),
    );
    const bytes = vault.objects.get(chunk) ?? Buffer.alloc(0);
    const memory = new ManifestMemory();
    for (const broken of [undefined, bytes.subarray(1)]) {
      if (broken) vault.write(chunk, broken, NOW);
      else vault.objects.delete(chunk);
      const { backupAgeSeconds, problems } = await look(vault, { memory });
      expect(backupAgeSeconds).toBe(26 * 3600);
      expect(problems).toEqual([expect.stringContaining(`is not complete, and does not count`)]);
      expect(problems[0]).toContain(chunk);
    }
    vault.write(chunk, bytes, NOW);
    expect(await look(vault, { memory })).toMatchObject({ backupAgeSeconds: 2 * 3600, problems: [] });
    // Once it was whole, its folders are not listed again.
    vault.requests.length = 0;
    await look(vault, { memory });
    expect(vault.requests.filter((request) => request.includes('k3f9aqxz'))).toEqual([]);
  });

  it('is not known when the vault cannot be looked at: silence is heard, a wrong age is believed', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(3) });
    vault.list = async () => Promise.reject(new Error('503 Slow Down'));
    await expect(look(vault)).rejects.toThrow('503 Slow Down');
  });

  it('is never negative, for two clocks are compared', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: NOW, sealedAt: new Date(NOW.getTime() + 900) });
    expect((await look(vault)).backupAgeSeconds).toBe(0);
  });

  it('is exactly the rule, for any vault', async () => {
    const anyBackup = fc.record({
      hoursAgo: fc.integer({ min: 0, max: 200 }),
      lateBy: fc.integer({ min: 0, max: 3 }),
      scope: fc.constantFrom('full' as const, 'schema-only' as const),
      retentionClass: fc.constantFrom(
        'daily' as const,
        'weekly' as const,
        'monthly' as const,
        'manual' as const,
      ),
      isSealed: fc.boolean(),
    });
    const manyBackups = fc.uniqueArray(anyBackup, {
      maxLength: 12,
      selector: (one) => `${one.retentionClass} ${one.hoursAgo}`,
    });
    await fc.assert(
      fc.asyncProperty(manyBackups, fc.integer({ min: 0, max: 250 }), async (backups, dueHoursAgo) => {
        const vault = new DatedVault();
        const ages = [dueHoursAgo];
        for (const one of backups) {
          const sealedHoursAgo = Math.max(0, one.hoursAgo - one.lateBy);
          const place = vault.seal({
            ...one,
            slot: hoursAgo(one.hoursAgo),
            sealedAt: hoursAgo(sealedHoursAgo),
          });
          if (!one.isSealed) vault.objects.delete(manifestKey(place));
          else if (one.scope === 'full') ages.push(sealedHoursAgo);
        }
        const { backupAgeSeconds } = await look(vault, { backupsDueSince: hoursAgo(dueHoursAgo) });
        expect(backupAgeSeconds).toBe(Math.min(...ages) * 3600);
      }),
      { numRuns: 50 },
    );
  });

  it('grows by the time that passes, and falls only when a backup is sealed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 20 }), async (sealsAtStep) => {
        const vault = new DatedVault();
        const memory = new ManifestMemory();
        let age = 0;
        for (const [step, seals] of sealsAtStep.entries()) {
          const now = new Date(NOW.getTime() + step * 300_000);
          if (seals) vault.seal({ slot: now });
          const reading = await look(vault, { now, memory, backupsDueSince: NOW });
          expect(reading.backupAgeSeconds).toBe(seals ? 0 : step === 0 ? 0 : age + 300);
          age = reading.backupAgeSeconds;
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('the age of the newest proven backup', () => {
  it('is that of the backup, not of the drill', async () => {
    const vault = new DatedVault();
    const proven = vault.seal({ slot: hoursAgo(50) });
    vault.prove(proven);
    vault.seal({ slot: hoursAgo(2) });
    expect(await look(vault)).toMatchObject({ provenAgeSeconds: 50 * 3600, newestProven: proven });
  });

  it('comes with the proof, when it was put there and how long the restore took', async () => {
    const vault = new DatedVault();
    vault.prove(vault.seal({ slot: hoursAgo(50) }), { recoveryTimeMs: 42_000 });
    const { newestProof } = await look(vault);
    expect(newestProof?.report.recoveryTimeMs).toBe(42_000);
    expect(newestProof?.keptAt).toEqual(new Date(0));
    expect((await look(new DatedVault())).newestProof).toBeUndefined();
  });

  it('is counted from the creation of the drill schedule while nothing is proven', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(50) });
    expect((await look(vault, { drillsDueSince: hoursAgo(60) })).provenAgeSeconds).toBe(60 * 3600);
  });

  it('does not count a proof of the schema only', async () => {
    const vault = new DatedVault();
    vault.prove(vault.seal({ slot: hoursAgo(2), scope: 'schema-only' }));
    expect((await look(vault)).newestProven).toBeUndefined();
  });

  it.each<[string, (vault: DatedVault, place: BackupPlace) => void]>([
    ['of a drill that failed', (vault, place) => vault.prove(place, { verdict: 'failed' })],
    ['of another manifest', (vault, place) => vault.prove(place, { manifestSha256: '0'.repeat(64) })],
    [
      'of another backup',
      (vault, place) =>
        vault.prove(place, { backup: { ...place, backupId: '20260101T000000Z', attempt: 'k3f9aqxz' } }),
    ],
    [
      'that was edited',
      (vault, place) => {
        vault.prove(place);
        const text = String(vault.objects.get(proofKey(place)));
        vault.write(proofKey(place), Buffer.from(text.replace('"differing": 0', '"differing": 1')), NOW);
      },
    ],
  ])('does not count a proof %s, and says so', async (_, prove) => {
    const vault = new DatedVault();
    const older = vault.seal({ slot: hoursAgo(50) });
    vault.prove(older);
    prove(vault, vault.seal({ slot: hoursAgo(2) }));
    const { newestProven, problems } = await look(vault);
    expect(newestProven).toEqual(older);
    expect(problems).toEqual([expect.stringContaining('proof.json does not count as a proof')]);
  });
});

describe('deviation', () => {
  it('compares the newest full backup with the seven before it in its class', async () => {
    const vault = new DatedVault();
    // The eighth before would change the median, and so would another class and a backup of the schema only.
    for (const [index, storedBytes] of [3000, 100, 100, 100, 200, 200, 200, 200, 1].entries()) {
      vault.seal({ slot: hoursAgo(2 + 24 * index), storedBytes, durationMs: storedBytes * 10 });
    }
    vault.seal({ slot: hoursAgo(3), retentionClass: 'weekly', storedBytes: 1 });
    vault.seal({ slot: hoursAgo(4), scope: 'schema-only', storedBytes: 1 });
    expect((await look(vault)).deviation).toEqual({ sizePercent: 1400, durationFactor: 15 });
  });

  it('is not said of the first three of a class', async () => {
    const vault = new DatedVault();
    for (const index of [0, 1, 2]) vault.seal({ slot: hoursAgo(2 + 24 * index) });
    expect((await look(vault)).deviation).toBeUndefined();
    vault.seal({ slot: hoursAgo(1) });
    expect((await look(vault)).deviation).toEqual({ sizePercent: 0, durationFactor: 1 });
  });

  it('compares with the same backups when they were read by an earlier look', async () => {
    const vault = new DatedVault();
    for (const [index, storedBytes] of [300, 100, 100, 100].entries())
      vault.seal({ slot: hoursAgo(1 + index), storedBytes });
    const memory = new ManifestMemory();
    await look(vault, { memory });
    expect((await look(vault, { memory })).deviation?.sizePercent).toBe(200);
  });
});

describe('the disk that a drill needs', () => {
  it('is that of the newest full backup, by the same measure as the drill’s own', async () => {
    const vault = new DatedVault();
    expect((await look(vault)).drillDiskBytes).toBeUndefined();
    const newest = vault.seal({ slot: hoursAgo(2) });
    const manifest = JSON.parse(String(vault.objects.get(manifestKey(newest)))) as Manifest;
    expect((await look(vault)).drillDiskBytes).toBe(estimateDrillBytes(manifest));
    expect(estimateDrillBytes(manifest)).toBeGreaterThan(256 * 1024 * 1024);
  });
});

describe('storage', () => {
  it('is the sum of what the manifests say, those of schemas included', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: hoursAgo(1), storedBytes: 1 });
    vault.seal({ slot: hoursAgo(2), storedBytes: 20, scope: 'schema-only' });
    vault.seal({ slot: hoursAgo(3), storedBytes: 300, retentionClass: 'monthly' });
    expect((await look(vault)).storageBytes).toBe(321);
    expect((await look(new DatedVault())).storageBytes).toBe(0);
  });

  it('of hundreds of backups is read in several looks, and each manifest once', async () => {
    const vault = new DatedVault();
    for (let index = 0; index < 230; index += 1) vault.seal({ slot: hoursAgo(1 + index), storedBytes: 2 });
    const memory = new ManifestMemory();
    const storageAndReads: Array<[number | undefined, number]> = [];
    for (let times = 0; times < 4; times += 1) {
      const { storageBytes } = await look(vault, { memory });
      storageAndReads.push([storageBytes, vault.manifestReads()]);
    }
    expect(storageAndReads).toEqual([
      [undefined, 108],
      [undefined, 100],
      [460, 22],
      [460, 0],
    ]);
  });

  it('forgets what expired, and reads again what was replaced', async () => {
    const vault = new DatedVault();
    const expiring = vault.seal({ slot: hoursAgo(5), storedBytes: 1 });
    const damaged = vault.seal({ slot: hoursAgo(6) });
    vault.write(manifestKey(damaged), Buffer.from('{}'), hoursAgo(6));
    vault.seal({ slot: hoursAgo(4), storedBytes: 20 });
    const memory = new ManifestMemory();
    expect((await look(vault, { memory })).problems).toHaveLength(1);
    for (const place of [expiring, damaged]) vault.objects.delete(manifestKey(place));
    vault.seal({ slot: hoursAgo(4), sealedAt: hoursAgo(3), storedBytes: 300 });
    expect(await look(vault, { memory })).toMatchObject({
      ...{ storageBytes: 300, backupAgeSeconds: 3 * 3600, problems: [] },
    });
  });

  it('asks for one listing of each class, and lists the folders of the newest backup once', async () => {
    const vault = new DatedVault();
    for (let index = 0; index < 20; index += 1) vault.seal({ slot: hoursAgo(1 + index) });
    const memory = new ManifestMemory();
    const listings = async () => {
      vault.requests.length = 0;
      await look(vault, { memory });
      return vault.requests.filter((request) => request.startsWith('list')).sort();
    };
    const classes = ['list daily/shop/', 'list manual/shop/', 'list monthly/shop/', 'list weekly/shop/'];
    const folder = 'list daily/shop/20261120T110000Z/k3f9aqxz/';
    expect(await listings()).toEqual(
      [...classes, folder, `${folder}data/`, `${folder}large-objects/`].toSorted(),
    );
    expect(await listings()).toEqual(classes);
  });
});
