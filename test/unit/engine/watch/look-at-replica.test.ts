import { describe, expect, it } from 'vitest';
import { backupPrefix } from '../../../../lib/engine/archive/keys.ts';
import { lookAtReplica } from '../../../../lib/engine/watch/look-at-replica.ts';
import { DatedVault } from './dated-vault.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-11-20T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR);
const look = (store: DatedVault) =>
  lookAtReplica({ store, source: 'shop', dueSince: hoursAgo(100), now: NOW });

describe('the age of what has arrived in a replica', () => {
  it('counts from the schedule of its sentinel while nothing has', async () => {
    expect(await look(new DatedVault())).toEqual({
      backupAgeSeconds: 100 * 3600,
      newestFull: undefined,
      drillDiskBytes: undefined,
      problems: [],
    });
  });

  it('is that of the newest full backup whose objects are all there, however they arrive', async () => {
    const vault = new DatedVault();
    const before = vault.seal({ slot: hoursAgo(25) });
    const newest = vault.seal({ slot: hoursAgo(1) });
    const objects = [...vault.objects].filter(
      ([key]) => key.startsWith(backupPrefix(newest)) && !key.endsWith('manifest.json'),
    );
    for (const [key] of objects) vault.objects.delete(key);
    expect(objects.length).toBeGreaterThan(5);
    for (const [key, bytes] of objects) {
      expect(await look(vault)).toMatchObject({ backupAgeSeconds: 25 * 3600, newestFull: before });
      vault.write(key, bytes, NOW);
    }
    expect(await look(vault)).toMatchObject({ backupAgeSeconds: 3600, newestFull: newest, problems: [] });
  });

  it('asks for no proof, and reads no more manifests than it needs', async () => {
    const vault = new DatedVault();
    for (let index = 0; index < 20; index += 1) vault.prove(vault.seal({ slot: hoursAgo(1 + index) }));
    await look(vault);
    expect(vault.requests.filter((request) => request.includes('proof'))).toEqual([]);
    expect(vault.manifestReads()).toBe(1);
  });
});
