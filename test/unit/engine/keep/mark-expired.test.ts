import { describe, expect, it } from 'vitest';
import { type BackupPlace, manifestKey, proofKey, rowsCopyKey } from '../../../../lib/engine/archive/keys.ts';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';
import { type KeepRequest, markExpired } from '../../../../lib/engine/keep/mark-expired.ts';
import { MarkedVault } from './marked-vault.ts';

const DAYS = { daily: 7, weekly: 28, monthly: 365, manual: 30 };
const day = (number: number, hour = 2) => new Date(Date.UTC(2027, 0, number, hour));

function keep(vault: MarkedVault, now: Date, changes: Partial<KeepRequest> = {}) {
  return markExpired({ store: vault, marks: vault, days: DAYS, undrilled: [], clock: () => now, ...changes });
}

function sealed(vault: MarkedVault, slot: Date, changes: Parameters<MarkedVault['seal']>[0] | object = {}) {
  const place = vault.seal({ slot, ...changes });
  vault.attempt(place, 'k3f9aqxz', slot);
  return place;
}

const name = ({ retentionClass, source, backupId }: BackupPlace) => `${retentionClass}/${source}/${backupId}`;

describe('the keeper', () => {
  it('marks what its class no longer keeps once a newer full backup is proven', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    const newer = sealed(vault, day(2));
    vault.prove(newer);
    expect((await keep(vault, day(8, 1))).expiring).toEqual([]);
    expect((await keep(vault, day(8, 2))).expiring).toEqual([name(old)]);
    expect(vault.marks).toEqual([manifestKey(old)]);
  });

  it.each([
    ['nothing is newer', () => {}],
    ['what is newer is sealed only', (vault: MarkedVault) => void sealed(vault, day(9))],
    [
      'what is newer holds a part',
      (vault: MarkedVault) => vault.prove(sealed(vault, day(9), { scope: 'partial' })),
    ],
    [
      'what is newer is of another source',
      (vault: MarkedVault) => vault.prove(sealed(vault, day(9), { source: 'blog' })),
    ],
    [
      'the drill of what is newer failed',
      (vault: MarkedVault) => vault.prove(sealed(vault, day(9)), { verdict: 'failed' }),
    ],
    [
      'the proof beside what is newer is of another manifest',
      (vault: MarkedVault) => vault.prove(sealed(vault, day(9)), { manifestSha256: '0'.repeat(64) }),
    ],
    ['what is proven is older', (vault: MarkedVault) => vault.prove(sealed(vault, day(0)))],
    [
      'the manifest of what is newer is damaged',
      (vault: MarkedVault) => {
        const newer = sealed(vault, day(9));
        vault.prove(newer);
        vault.write(manifestKey(newer), Buffer.from('{}'), day(9));
      },
    ],
  ])('keeps a backup however old it is while %s', async (_, others) => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    vault.prove(old);
    others(vault);
    const report = await keep(vault, day(2000));
    expect(report.failures).toEqual([]);
    expect(vault.marks.filter((key) => key === manifestKey(old))).toEqual([]);
  });

  it('never marks the newest proven backup, nor what is newer than it', async () => {
    const vault = new MarkedVault();
    sealed(vault, day(1));
    const proven = sealed(vault, day(2));
    const after = sealed(vault, day(3));
    vault.prove(proven);
    await keep(vault, day(900));
    vault.expire();
    await keep(vault, day(901));
    vault.expire();
    expect(vault.isSealed(proven)).toBe(true);
    expect(vault.isSealed(after)).toBe(true);
    expect(vault.keysOf(proven)).toHaveLength(5);
  });

  it('counts a backup that is sealed where the stack says that nobody drills', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    sealed(vault, day(2));
    sealed(vault, day(3), { scope: 'schema-only' });
    expect((await keep(vault, day(40))).expiring).toEqual([]);
    expect((await keep(vault, day(40), { undrilled: ['shop'] })).expiring).toEqual([name(old)]);
  });

  it('takes the manifest first and alone, and the rest when that is gone', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    vault.attempt(old, 'zzzzzzzz', day(1, 3));
    vault.prove(old);
    vault.prove(sealed(vault, day(2)));
    await keep(vault, day(9));
    // S3 has not come by yet.
    expect(await keep(vault, day(10))).toMatchObject({ expiring: [], swept: [] });
    expect(vault.marks).toEqual([manifestKey(old)]);
    vault.expire();
    expect(vault.keysOf(old)).toHaveLength(7);
    expect((await keep(vault, day(10))).swept).toEqual([{ folder: name(old), objects: 7 }]);
    expect(vault.marks.at(-1)).toBe(proofKey(old));
    // Nothing is marked twice.
    expect((await keep(vault, day(11))).swept).toEqual([]);
    vault.expire();
    expect(vault.keysOf(old)).toEqual([]);
    expect((await keep(vault, day(12))).swept).toEqual([]);
  });

  it('goes on where a run died', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    vault.prove(sealed(vault, day(2)));
    await keep(vault, day(9));
    vault.expire();
    vault.onMark = (key) => {
      if (key.endsWith('restore.sh')) throw new Error('the function was killed');
    };
    await expect(keep(vault, day(10))).rejects.toThrow('killed');
    vault.expire();
    expect(vault.keysOf(old).length).toBeGreaterThan(0);
    vault.onMark = () => {};
    await keep(vault, day(11));
    vault.expire();
    expect(vault.keysOf(old)).toEqual([]);
  });

  it('marks the proof that a killed run left behind alone', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    vault.prove(old);
    vault.prove(sealed(vault, day(2)));
    for (const key of vault.keysOf(old)) if (key !== proofKey(old)) vault.objects.delete(key);
    expect((await keep(vault, day(30))).swept).toEqual([{ folder: name(old), objects: 1 }]);
  });

  it('sweeps attempts that never finished by the same two conditions', async () => {
    const vault = new MarkedVault();
    const place = { retentionClass: 'daily', source: 'shop', backupId: '20270101T020000Z' } as const;
    vault.attempt(place, 'k3f9aqxz', day(1));
    expect((await keep(vault, day(30))).swept).toEqual([]);
    vault.prove(sealed(vault, day(2)));
    // Its youngest object decides: it may still be written.
    const late = vault.attempt(place, 'zzzzzzzz', day(29));
    expect((await keep(vault, day(30))).swept).toEqual([]);
    for (const key of late) vault.objects.delete(key);
    expect((await keep(vault, day(30))).swept).toEqual([{ folder: name(place), objects: 3 }]);
  });

  it('leaves what is on hold, sealed or not', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    const hidden = sealed(vault, day(1, 5));
    vault.objects.delete(manifestKey(hidden));
    vault.prove(sealed(vault, day(2)));
    for (const key of vault.objects.keys()) vault.held.add(key);
    const report = await keep(vault, day(30));
    expect(report.held).toEqual([name(old), name(hidden)]);
    expect(vault.marks).toEqual([]);
  });

  it('leaves a backup whose manifest cannot be trusted, and says so', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    vault.write(manifestKey(old), Buffer.from('{}'), day(1));
    vault.prove(sealed(vault, day(2)));
    const report = await keep(vault, day(30));
    expect(report.expiring).toEqual([]);
    expect(report.problems).toEqual([expect.stringContaining(`${name(old)} stays`)]);
  });

  it('lets no backup go because of one that goes itself', async () => {
    const vault = new MarkedVault();
    const first = sealed(vault, day(1));
    const second = sealed(vault, day(2));
    const third = sealed(vault, day(3));
    for (const place of [first, second, third]) vault.prove(place);
    expect((await keep(vault, day(9, 1))).expiring).toEqual([name(first)]);
    await keep(vault, day(9, 2));
    // Somebody deletes the newest by hand, while the second is marked already.
    expect(vault.marked.has(manifestKey(second))).toBe(true);
    vault.marked.delete(manifestKey(first));
    for (const key of vault.keysOf(third)) vault.objects.delete(key);
    expect((await keep(vault, day(30))).expiring).toEqual([]);
  });

  it('keeps what has a time in the future by the vault’s date, and orders it by that', async () => {
    const vault = new MarkedVault();
    // A machine whose clock was two years ahead sealed this on 1 January, by the vault's clock.
    const ahead = sealed(vault, day(730), { sealedAt: day(1) });
    const proven = sealed(vault, day(2));
    vault.prove(ahead);
    vault.prove(proven);
    expect((await keep(vault, day(9))).expiring).toEqual([name(ahead)]);
  });

  it('counts by the vault’s clock', async () => {
    const vault = new MarkedVault();
    const old = sealed(vault, day(1));
    vault.prove(sealed(vault, day(2)));
    // This machine is a year ahead.
    Object.assign(vault, { clockAheadMs: 365 * 86_400_000 });
    expect((await keep(vault, day(3 + 365))).expiring).toEqual([]);
    expect((await keep(vault, day(9 + 365))).expiring).toEqual([name(old)]);
  });

  it('lets manual backups go by their class, and safety backups when anything newer is proven', async () => {
    const vault = new MarkedVault();
    const manual = sealed(vault, day(1), { retentionClass: 'manual' });
    const safety = sealed(vault, day(2), { retentionClass: 'manual', source: 'prod-before-restore' });
    expect((await keep(vault, day(90))).expiring).toEqual([]);
    vault.prove(sealed(vault, day(3)));
    expect((await keep(vault, day(31, 1))).expiring).toEqual([]);
    expect((await keep(vault, day(90))).expiring).toEqual([name(manual), name(safety)]);
  });

  it('lets safety copies of rows go by the days of their class, when anything newer is proven', async () => {
    const vault = new MarkedVault();
    const place = {
      retentionClass: 'manual',
      source: 'prod-before-restore',
      backupId: '20270101T020000Z-abc123',
    } as const;
    vault.attempt(place, 'k3f9aqxz', day(1));
    vault.write(rowsCopyKey(place), Buffer.from('{}'), day(1));
    expect((await keep(vault, day(90))).swept).toEqual([]);
    vault.prove(sealed(vault, day(3)));
    expect((await keep(vault, day(30, 1))).swept).toEqual([]);
    expect((await keep(vault, day(90))).swept).toContainEqual({ folder: name(place), objects: 4 });
  });

  it('keeps everything of a source that it cannot read, and goes on with the others', async () => {
    const vault = new MarkedVault();
    const shop = sealed(vault, day(1));
    const blog = sealed(vault, day(1), { source: 'blog' });
    vault.prove(sealed(vault, day(2)));
    const unreadable = sealed(vault, day(2), { source: 'blog' });
    vault.prove(unreadable);
    const get = vault.get.bind(vault);
    vault.get = (key, options) => {
      if (key !== manifestKey(unreadable)) return get(key, options);
      throw new LifeboatError({ code: 'vault-unreachable', kind: 'vault', what: 'no answer' });
    };
    const report = await keep(vault, day(30));
    expect(report.failures.map(({ code }) => code)).toEqual(['vault-unreachable']);
    expect(report.expiring).toEqual([name(shop)]);
    expect(vault.isSealed(blog)).toBe(true);
  });

  it('stops when its time is over', async () => {
    const vault = new MarkedVault();
    sealed(vault, day(1));
    vault.prove(sealed(vault, day(2)));
    const stop = new AbortController();
    vault.onMark = () => {
      stop.abort(new Error('time up'));
      stop.signal.throwIfAborted();
    };
    await expect(keep(vault, day(30), { signal: stop.signal })).rejects.toThrow('time up');
  });

  it('asks little: no chunk is read, and what is young costs its listing alone', async () => {
    const vault = new MarkedVault();
    for (let number = 1; number <= 6; number += 1) sealed(vault, day(number));
    vault.prove(sealed(vault, day(7)));
    vault.requests.length = 0;
    await keep(vault, day(7, 12));
    expect(vault.requests.filter((request) => request.startsWith('get'))).toHaveLength(2);
    // And one folder for records of scrubs.
    expect(vault.requests.filter((request) => request.startsWith('list'))).toHaveLength(3 + 7 + 1);
  });
});
