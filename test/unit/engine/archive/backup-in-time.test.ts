import { describe, expect, it } from 'vitest';
import { manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { resolveBackup } from '../../../../lib/engine/archive/resolve-backup.ts';
import type { TimeWindow } from '../../../../lib/engine/archive/time-window.ts';
import { DatedVault } from '../watch/dated-vault.ts';

const HOUR_MS = 3_600_000;
const at = (hour: number) => new Date(Date.UTC(2026, 10, 1) + hour * HOUR_MS);
const night = (day: number) => at(24 * day + 2);

/** A backup each night, whose rows show the moment a minute after its slot. */
function nightly(days: number): DatedVault {
  const vault = new DatedVault();
  for (let day = 0; day < days; day++) sealed(vault, night(day));
  vault.requests.length = 0;
  return vault;
}

function sealed(vault: DatedVault, slot: Date, changes: Partial<Parameters<DatedVault['seal']>[0]> = {}) {
  const snapshotAt = changes.snapshotAt ?? new Date(slot.getTime() + 60_000);
  return vault.seal({ slot, sealedAt: new Date(snapshotAt.getTime() + 60_000), ...changes, snapshotAt });
}

const latest = (vault: DatedVault, window: TimeWindow, options = {}) =>
  resolveBackup(vault, 'latest', { source: 'shop' }, { window, ...options });

describe('the backup of a time', () => {
  it('is the newest one that shows a moment before it, by its snapshot', async () => {
    const vault = nightly(10);
    expect(await latest(vault, { before: at(24 * 5) })).toMatchObject({ backupId: '20261105T020000Z' });
    // The slot was before that time, the snapshot was not.
    const slot = night(5);
    expect(await latest(vault, { before: new Date(slot.getTime() + 60_000) })).toMatchObject({
      backupId: '20261105T020000Z',
    });
    expect(await latest(vault, { before: new Date(slot.getTime() + 60_001) })).toMatchObject({
      backupId: '20261106T020000Z',
    });
    expect(await latest(vault, { at: new Date(slot.getTime() + 60_000) })).toMatchObject({
      backupId: '20261106T020000Z',
    });
  });

  it('is told with the next one', async () => {
    const told: unknown[] = [];
    await latest(nightly(10), { at: at(24 * 5) }, { onChosen: (chosen: unknown) => told.push(chosen) });
    expect(told).toEqual([
      {
        place: expect.objectContaining({ backupId: '20261105T020000Z' }),
        snapshotAt: new Date('2026-11-05T02:01:00Z'),
        next: {
          place: expect.objectContaining({ backupId: '20261106T020000Z' }),
          snapshotAt: new Date('2026-11-06T02:01:00Z'),
        },
      },
    ]);
  });

  it('reads the manifests of a few days, however many there are', async () => {
    const vault = nightly(200);
    await latest(vault, { before: at(24 * 100) });
    expect(vault.manifestReads()).toBeLessThanOrEqual(5);
  });

  it('is one whose run was late, although others have newer ids', async () => {
    const vault = nightly(3);
    const late = sealed(vault, at(24 + 12), { retentionClass: 'weekly', snapshotAt: at(24 * 2 + 5) });
    expect(await latest(vault, { before: at(24 * 2 + 6) })).toEqual(late);
    expect(await latest(vault, { before: at(24 * 2 + 4) })).toMatchObject({ backupId: '20261103T020000Z' });
  });

  it('is never one of the schema alone, of a part, or unfinished', async () => {
    const vault = nightly(2);
    sealed(vault, at(30), { scope: 'schema-only' });
    sealed(vault, at(31), { scope: 'partial' });
    const open = sealed(vault, at(32));
    vault.objects.delete(manifestKey(open));
    vault.write('daily/shop/20261102T080000Z/k3f9aqxz/roles.sql', Buffer.from(''), at(32));
    expect(await latest(vault, { before: at(40) })).toMatchObject({ backupId: '20261102T020000Z' });
  });

  it('is not silently an older one where the newest of that time is damaged', async () => {
    const vault = nightly(5);
    const damaged = sealed(vault, at(24 * 2 + 12));
    vault.write(manifestKey(damaged), Buffer.from('{}'), at(24 * 2 + 12));
    await expect(latest(vault, { before: at(24 * 3) })).rejects.toMatchObject({ code: 'manifest-invalid' });
    // Of other times nobody asked.
    expect(await latest(vault, { before: at(24 * 2 + 4) })).toMatchObject({ backupId: '20261103T020000Z' });
    expect(await latest(vault, { before: at(24 * 4) })).toMatchObject({ backupId: '20261104T020000Z' });
  });

  it('names what there is instead, if there is none', async () => {
    const vault = nightly(5);
    await expect(latest(vault, { before: at(0) })).rejects.toMatchObject({
      code: 'backup-not-in-time',
      meaning: 'The oldest one is daily/shop/20261101T020000Z, which shows 2026-11-01 02:01:00 UTC.',
    });
    await expect(latest(vault, { since: at(24 * 2 + 3), before: at(24 * 2 + 5) })).rejects.toMatchObject({
      what: expect.stringContaining('from 2026-11-03 03:00:00 UTC to before 2026-11-03 05:00:00 UTC'),
      meaning: expect.stringMatching(
        /20261103T020000Z, which shows .* next one after that is daily.shop.20261104T020000Z/,
      ),
    });
    await expect(latest(vault, { since: at(24 * 30) })).rejects.toMatchObject({
      meaning: expect.stringContaining('daily/shop/20261105T020000Z'),
    });
  });
});
