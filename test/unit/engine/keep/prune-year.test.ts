import { describe, expect, it } from 'vitest';
import { DEFAULT_KEPT_DAYS } from '../../../../lib/contract/kept-days.ts';
import {
  type BackupPlace,
  parseManifestKey,
  proofKey,
  scheduledBackupId,
} from '../../../../lib/engine/archive/keys.ts';
import { listBackups, nameOfBackup } from '../../../../lib/engine/archive/listing.ts';
import { writeHoldRecord } from '../../../../lib/engine/keep/hold-record.ts';
import { planPrune } from '../../../../lib/engine/keep/prune/prune-plan.ts';
import { pruneOutlooks } from '../../../../lib/engine/keep/prune-outlook.ts';
import { toDayNumber } from '../../../../lib/schedule/local-date.ts';
import { retentionClassOfRun } from '../../../../lib/schedule/retention-class.ts';
import { parseSchedule, previousRun } from '../../../../lib/schedule/schedule.ts';
import { SimulatedVault } from '../../../infra/vault-year/simulated-vault.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** In the hour that clocks skip in March and show twice in October. */
const SCHEDULE = parseSchedule('cron(30 2 * * ? *)', 'Europe/Berlin');
const START = toDayNumber({ year: 2027, month: 1, day: 1 });
/** More than a year: the first monthly backups go in it. */
const LENGTH = 400;

/** Prune counts a backup only if all that its manifest names is there. */
class WholeVault extends SimulatedVault {
  protected override readonly holdsObjects = true;

  override async put(key: string, body: Uint8Array): Promise<void> {
    this.write(key, Buffer.from(body), new Date(0));
  }

  override async list(prefix: string) {
    const { objects, prefixes } = await super.list(prefix);
    const sizeOf = (key: string) => this.objects.get(key)?.length ?? 0;
    return { objects: objects.map((one) => ({ ...one, sizeBytes: sizeOf(one.key) })), prefixes };
  }
}

interface Life {
  /** Whether the drill of a day's backup proves it. */
  readonly drill: (day: number) => boolean;
  readonly manualOn?: readonly number[];
  /** The backup of a day is held from that day on, until another one. */
  readonly hold?: { readonly madeOn: number; readonly until: number };
  readonly undrilled?: boolean;
}

/** Lives through the days as cron does: a backup, a drill, prune. Returns what went wrong, and what is left. */
async function live({ drill, manualOn = [], hold, undrilled = false }: Life, length = LENGTH) {
  const vault = new WholeVault();
  const violations = new Set<string>();
  const made: Array<{ readonly place: BackupPlace; readonly slot: Date }> = [];
  let newestProven: BackupPlace | undefined;
  let held: BackupPlace | undefined;
  let mostListed = 0;
  const sealed = () => [...vault.objects.keys()].flatMap((key) => parseManifestKey(key) ?? []);
  const seal = (place: BackupPlace, slot: Date) => {
    vault.seal({ ...place, slot, sealedAt: new Date(slot.getTime() + HOUR_MS / 4) });
    made.push({ place, slot });
  };
  const signal = new AbortController().signal;
  for (let day = 0; day < length; day += 1) {
    const now = new Date((START + day) * DAY_MS + 6 * HOUR_MS);
    const slot = previousRun(SCHEDULE, now);
    if (slot && slot.getTime() > now.getTime() - DAY_MS) {
      const retentionClass = retentionClassOfRun(SCHEDULE, slot);
      const place = { retentionClass, source: 'app', backupId: scheduledBackupId(slot) };
      seal(place, slot);
      if (drill(day)) {
        vault.prove(place);
        vault.write(proofKey(place), vault.objects.get(proofKey(place)) ?? Buffer.alloc(0), slot);
        newestProven = place;
      }
      if (hold?.madeOn === day) {
        held = place;
        await writeHoldRecord(vault, place, 'adding', { reason: 'audit', by: 'ops' }, { now, signal });
      }
    }
    if (manualOn.includes(day)) {
      const by = new Date(now.getTime() - HOUR_MS);
      seal({ retentionClass: 'manual', source: 'app', backupId: scheduledBackupId(by) }, by);
    }
    if (held && hold?.until === day) {
      await writeHoldRecord(vault, held, 'removed', { reason: 'audit over', by: 'ops' }, { now, signal });
      held = undefined;
    }
    const before = new Set(sealed().map(nameOfBackup));
    const request = { store: vault, days: DEFAULT_KEPT_DAYS, undrilled, now, options: {} };
    for (const { place, goes } of (await planPrune(request)).verdicts) {
      if (goes) for (const key of vault.keysOf(place)) vault.hide(key, now);
    }
    const after = sealed();
    const left = new Set(after.map(nameOfBackup));
    mostListed = Math.max(mostListed, after.length);
    for (const { place, slot } of made) {
      const name = nameOfBackup(place);
      const ageDays = (now.getTime() - slot.getTime()) / DAY_MS;
      if (before.has(name) && !left.has(name) && ageDays < DEFAULT_KEPT_DAYS[place.retentionClass])
        violations.add(`${name} went after ${ageDays} days`);
    }
    if (newestProven && !left.has(nameOfBackup(newestProven)))
      violations.add(`day ${day}: the last proven one is gone`);
    if (held && !left.has(nameOfBackup(held))) violations.add(`day ${day}: a held one is gone`);
    if (after.some((place) => vault.keysOf(place).length < 4))
      violations.add(`day ${day}: a part is missing`);
  }
  const at = (day: number) => new Date((START + day) * DAY_MS);
  return { violations: [...violations], left: sealed(), mostListed, vault, end: at(length - 1), made };
}

const ofClass = (places: readonly BackupPlace[], retentionClass: string) =>
  places.filter((place) => place.retentionClass === retentionClass).length;

describe('a year of prune, day by day', () => {
  it('keeps what the classes promise, across month ends and changes of the clocks, and no more', async () => {
    const { violations, left, mostListed } = await live({ drill: () => true, manualOn: [50, 200, 390] });
    expect(violations).toEqual([]);
    expect({ daily: ofClass(left, 'daily'), monthly: ofClass(left, 'monthly') }).toEqual({
      daily: expect.closeTo(6, -1),
      monthly: 12,
    });
    expect(ofClass(left, 'weekly')).toBeLessThanOrEqual(4);
    expect(ofClass(left, 'manual')).toBe(1);
    expect(mostListed).toBeLessThanOrEqual(8 + 5 + 13 + 1);
  });

  it('loses nothing while drills fail, and catches up when one proves a backup again', async () => {
    const { violations, left, mostListed } = await live({ drill: (day) => day < 20 || day >= 90 }, 140);
    expect(violations).toEqual([]);
    expect(mostListed).toBeGreaterThan(70);
    expect(left.length).toBeLessThan(30);
  });

  it('deletes nothing that nothing newer proves, however old', async () => {
    const { violations, left, made } = await live({ drill: () => false }, 60);
    expect(violations).toEqual([]);
    expect(left).toHaveLength(made.length);
    const undrilled = await live({ drill: () => false, undrilled: true }, 60);
    expect(undrilled.left.length).toBeLessThan(30);
  });

  it('keeps a backup on hold until the hold is removed', async () => {
    const { violations, left } = await live({ drill: () => true, hold: { madeOn: 29, until: 120 } }, 130);
    expect(violations).toEqual([]);
    expect(left.some(({ backupId }) => backupId.startsWith('20270130'))).toBe(false);
  });

  it('goes on the day that `list` has said', async () => {
    const { vault, left, end } = await live({ drill: () => true }, 60);
    const { backups } = await listBackups(vault, {});
    const asked = { store: vault, backups, filter: {}, isReadable: () => true, options: {} };
    const outlooks = await pruneOutlooks({ ...asked, now: end });
    const says = (place: BackupPlace) => outlooks?.get(nameOfBackup(place));
    for (const place of left) {
      const outlook = says(place);
      if (outlook?.state !== 'prunable') {
        expect(outlook).toEqual({ state: 'kept', reason: 'newest' });
        continue;
      }
      const goesAt = async (ms: number) => {
        const now = new Date(outlook.at.getTime() + ms);
        const request = { store: vault, days: DEFAULT_KEPT_DAYS, undrilled: false, now, options: {} };
        const verdict = (await planPrune(request)).verdicts.find(
          (one) => nameOfBackup(one.place) === nameOfBackup(place),
        );
        return verdict?.goes;
      };
      expect([await goesAt(-1000), await goesAt(1000)]).toEqual([false, true]);
    }
  });
});
