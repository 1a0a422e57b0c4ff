import { describe, expect, it } from 'vitest';
import { classByVault } from '../../../../lib/engine/archive/class-by-vault.ts';
import { manifestKey, scheduledBackupId } from '../../../../lib/engine/archive/keys.ts';
import { retentionClassOfRun } from '../../../../lib/schedule/retention-class.ts';
import { parseSchedule } from '../../../../lib/schedule/schedule.ts';
import { TimeZone } from '../../../../lib/schedule/time-zone.ts';
import { DatedVault } from '../watch/dated-vault.ts';

const UTC = new TimeZone('UTC');
const DAY_MS = 86_400_000;
const at = (iso: string) => new Date(`${iso}:00Z`);

function classOf(vault: DatedVault, time: Date, changes: Partial<Parameters<typeof classByVault>[1]> = {}) {
  return classByVault(vault, { source: 'shop', at: time, zone: UTC, schemaOnly: false, ...changes });
}

describe('the class by what the vault holds', () => {
  it('is what the functions choose, night after night, while no run fails', async () => {
    const vault = new DatedVault();
    const schedule = parseSchedule('cron(0 2 * * ? *)', 'UTC');
    // The first of a month that is a Sunday, so that nothing came before.
    for (let day = 0; day < 130; day += 1) {
      const slot = new Date(at('2026-11-01T02:00').getTime() + day * DAY_MS);
      const retentionClass = await classOf(vault, slot);
      expect([slot, retentionClass]).toEqual([slot, retentionClassOfRun(schedule, slot)]);
      vault.seal({ slot, retentionClass });
    }
  });

  it('makes up for a run that failed: the next one of the month or week takes its place', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: at('2026-11-01T02:00'), retentionClass: 'monthly' });
    // Sunday the 8th failed.
    expect(await classOf(vault, at('2026-11-09T02:00'))).toBe('weekly');
    expect(await classOf(vault, at('2026-12-03T02:00'))).toBe('monthly');
  });

  it('counts neither an attempt, nor a damaged backup, nor one of the schema alone, nor another source', async () => {
    const vault = new DatedVault();
    const open = vault.seal({ slot: at('2026-11-01T02:00'), retentionClass: 'monthly' });
    vault.objects.delete(manifestKey(open));
    const damaged = vault.seal({ slot: at('2026-11-02T02:00'), retentionClass: 'monthly' });
    vault.write(manifestKey(damaged), Buffer.from('{}'), at('2026-11-02T02:00'));
    vault.seal({ slot: at('2026-11-03T02:00'), retentionClass: 'monthly', scope: 'schema-only' });
    vault.seal({ slot: at('2026-11-04T02:00'), retentionClass: 'monthly', source: 'blog' });
    expect(await classOf(vault, at('2026-11-05T02:00'))).toBe('monthly');
    expect(await classOf(vault, at('2026-11-05T02:00'), { schemaOnly: true })).toBe('daily');
  });

  it('of a slot that was backed up before is the class of then, so that it is not backed up twice', async () => {
    const vault = new DatedVault();
    const slot = at('2026-11-01T02:00');
    vault.seal({ slot, retentionClass: 'monthly' });
    expect(await classOf(vault, slot, { slotId: scheduledBackupId(slot) })).toBe('monthly');
    const next = at('2026-11-02T02:00');
    vault.seal({ slot: next, retentionClass: 'daily' });
    vault.seal({ slot: at('2026-11-08T02:00'), retentionClass: 'weekly' });
    expect(await classOf(vault, next, { slotId: scheduledBackupId(next) })).toBe('daily');
  });

  it('has months in the zone that was named', async () => {
    const vault = new DatedVault();
    vault.seal({ slot: at('2026-11-01T02:00'), retentionClass: 'monthly' });
    const lastEvening = at('2026-11-30T23:30');
    expect(await classOf(vault, lastEvening)).toBe('weekly');
    expect(await classOf(vault, lastEvening, { zone: new TimeZone('Europe/Berlin') })).toBe('monthly');
  });
});
