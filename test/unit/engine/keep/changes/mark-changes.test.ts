import { describe, expect, it } from 'vitest';
import { baseOrderKey, epochKey } from '../../../../../lib/engine/archive/changes/change-keys.ts';
import { type BackupPlace, manifestKey } from '../../../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../../../lib/engine/archive/listing.ts';
import { LifeboatError } from '../../../../../lib/engine/ground/errors.ts';
import { type KeepRequest, markExpired } from '../../../../../lib/engine/keep/mark-expired.ts';
import { SimulatedCapture } from '../../../../support/simulated-capture.ts';
import { MarkedVault } from '../marked-vault.ts';

const DAYS = { daily: 7, weekly: 28, monthly: 365, manual: 30 };
const day = (number: number, hour = 2) => new Date(Date.UTC(2027, 0, number, hour));

/** A vault with a backup each night and an entry each six hours, both from the first day on. */
function world(days: number, changeOn: readonly number[] = []) {
  const vault = new MarkedVault();
  const capture = new SimulatedCapture(vault, 'shop');
  const backups: BackupPlace[] = [];
  for (let number = 1; number <= days; number += 1) {
    if (number === 1 || changeOn.includes(number)) capture.begin(day(number, -1));
    capture.poll(day(number, 0));
    const place = vault.seal({ slot: day(number, 4), wal: capture.wal(day(number, 4)) });
    vault.prove(place);
    backups.push(place);
    for (const hour of [6, 12, 18]) capture.poll(day(number, hour));
  }
  const keep = (now: Date, changes: Partial<KeepRequest> = {}) =>
    markExpired({ store: vault, marks: vault, days: DAYS, undrilled: [], clock: () => now, ...changes });
  return { vault, capture, backups, keep };
}

const ofChanges = (keys: readonly string[]) => keys.filter((key) => key.startsWith('changes/'));

describe('captured changes', () => {
  it('are marked when no moment of their days needs them, entries first, and what they name when they are gone', async () => {
    const { vault, capture, backups, keep } = world(20);
    const report = await keep(day(20, 19), { changesDays: { shop: 5 } });
    expect(report.failures).toEqual([]);
    const entries = ofChanges(vault.marks);
    expect(entries.every((key) => key.includes('/log/'))).toBe(true);
    expect(report.changes).toEqual([{ source: 'shop', objects: entries.length }]);
    vault.expire();
    await keep(day(20, 20), { changesDays: { shop: 5 } });
    vault.expire();
    const [left = []] = capture.left();
    // The backup of the 15th at 04:00 is the base. Its oldest transaction began at 02:00: the entry of midnight counts.
    expect(left[0]).toBe(14 * 4 + 1);
    expect(left.at(-1)).toBe(80);
    for (const kind of ['segments', 'leases'])
      expect(capture.objects().filter((key) => key.includes(`/${kind}/`))).toHaveLength(left.length);
    const taken = backups.map((_, index) => day(index + 1, 4));
    expect(capture.restores(day(15, 19), taken.slice(14))).toBe(true);
    expect(capture.restores(day(15, 3), taken)).toBe(false);
    expect((await keep(day(20, 21), { changesDays: { shop: 5 } })).changes).toEqual([]);
  });

  it('keep the backup that they are replayed on, though its class is over', async () => {
    const { vault, backups, keep } = world(20);
    const report = await keep(day(20, 19), { changesDays: { shop: 12 } });
    const base = backups[7] as BackupPlace;
    expect(report.needed).toEqual([nameOfBackup(base)]);
    expect(vault.marks).not.toContain(manifestKey(base));
    expect(vault.marks).toContain(manifestKey(backups[8] as BackupPlace));
    // Without changes it goes.
    for (const key of ofChanges([...vault.objects.keys()])) vault.objects.delete(key);
    expect((await keep(day(20, 20))).expiring).toContain(nameOfBackup(base));
  });

  it('of an epoch that ended before those days go altogether, its file first', async () => {
    const { vault, capture, keep } = world(20, [6]);
    vault.write(baseOrderKey({ source: 'shop', epoch: 1 }, 0), Buffer.from('{}'), day(1));
    const proof = 'changes/shop/proofs/000001-20270103T040000Z.json';
    vault.write(proof, Buffer.from('{}'), day(3));
    await keep(day(20, 19));
    const first = ofChanges(vault.marks).filter((key) => /\/0{5}1\b/.test(key));
    expect(first.toSorted()).toEqual([epochKey({ source: 'shop', epoch: 1 }), proof]);
    vault.expire();
    await keep(day(20, 20));
    vault.expire();
    expect(capture.objects().filter((key) => /\/000001[/-]/.test(key))).toEqual([]);
    expect(capture.left()[1]?.length).toBeGreaterThan(0);
  });

  it('of the newest epoch keep their last entry, so that numbers go on from there', async () => {
    const { vault, capture, keep } = world(10);
    capture.stop(day(10, 19));
    for (const hour of [1, 2, 3]) {
      await keep(day(60, hour));
      vault.expire();
    }
    expect(capture.left()).toEqual([[41]]);
    expect(vault.objects.has(epochKey({ source: 'shop', epoch: 1 }))).toBe(true);
  });

  it('that were just marked are not marked again, though thousands are', async () => {
    const { vault, keep } = world(200);
    await keep(day(200, 19));
    const marks = vault.marks.length;
    vault.requests.length = 0;
    expect((await keep(day(200, 20))).changes).toEqual([]);
    expect(vault.marks).toHaveLength(marks);
    // A run that died: the rest is marked by the next one.
    const unmarked = ofChanges([...vault.marked])
      .toSorted()
      .slice(-40);
    for (const key of unmarked) vault.marked.delete(key);
    expect((await keep(day(200, 21))).changes).toEqual([{ source: 'shop', objects: 40 }]);
  });

  it('stay with all backups of their source while they cannot be asked for, and alone if they are damaged', async () => {
    const { vault, keep } = world(20);
    const key = epochKey({ source: 'shop', epoch: 1 });
    const get = vault.get.bind(vault);
    vault.get = (one, options) => {
      if (one === key) throw new LifeboatError({ code: 'vault-unreachable', kind: 'vault', what: 'No.' });
      return get(one, options);
    };
    const report = await keep(day(20, 19));
    expect(report.failures.map(({ code }) => code)).toEqual(['vault-unreachable']);
    expect(vault.marks).toEqual([]);
    vault.get = get;
    vault.write(key, Buffer.from('{}'), day(1));
    const second = await keep(day(20, 20));
    expect(second.problems.join()).toContain('All captured changes of shop stay');
    expect(ofChanges(vault.marks)).toEqual([]);
    expect(second.expiring.length).toBeGreaterThan(0);
  });

  it('stay while a hole in the log may be a loss, and are read across the holes that rules leave', async () => {
    const { vault, capture, keep } = world(20);
    await keep(day(20, 19), { changesDays: { shop: 5 } });
    // S3 hides what is marked in no order.
    const marked = ofChanges([...vault.marked]).toSorted();
    for (const one of marked.filter((_, index) => index % 3 !== 1)) {
      vault.objects.delete(one);
      vault.marked.delete(one);
    }
    const next = await keep(day(21, 1), { changesDays: { shop: 5 } });
    expect(next.failures).toEqual([]);
    expect(next.problems).toEqual([]);
    expect(capture.left()[0]).toContain(14 * 4 + 1);
  });
});
