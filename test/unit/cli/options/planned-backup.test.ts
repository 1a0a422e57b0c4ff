import { describe, expect, it } from 'vitest';
import { type PlanOptions, plannedPlace } from '../../../../lib/cli/options/planned-backup.ts';
import { DatedVault } from '../../engine/watch/dated-vault.ts';
import { CapturedStream } from '../captured-stream.ts';

const NOW = new Date('2026-11-22T02:00:31Z');
const place = (options: PlanOptions, environment = {}, vault = new DatedVault()) =>
  plannedPlace(vault, 'shop', options, {
    ...{ now: () => NOW, environment: { TZ: 'UTC', ...environment } },
    ...{ signal: new AbortController().signal, stderr: new CapturedStream() },
  });
const short = async (...args: Parameters<typeof place>) => {
  const { retentionClass, backupId } = await place(...args);
  return `${retentionClass} ${backupId.slice(0, 16)}`;
};

describe('the place of a backup', () => {
  it('is that of its schedule’s last planned run, of the class that a function would choose', async () => {
    expect(await short({ schedule: 'cron(0 2 * * ? *)' })).toBe('weekly 20261122T020000Z');
    expect(await short({ schedule: 'cron(1 2 * * ? *)' })).toBe('daily 20261121T020100Z');
    expect(await short({ schedule: 'cron(0 2 1 * ? *)' })).toBe('monthly 20261101T020000Z');
    const slot = new Date('2026-11-20T02:00:00Z');
    expect(await short({ schedule: 'rate(1 day)', slot })).toBe('daily 20261120T020000Z');
  });

  it('counts in the zone that was named, or in one’s own', async () => {
    const schedule = 'cron(0 3 * * ? *)';
    expect(await short({ schedule, timeZone: 'Europe/Berlin' })).toBe('weekly 20261122T020000Z');
    expect(await short({ schedule }, { TZ: 'Europe/Berlin' })).toBe('weekly 20261122T020000Z');
    expect(await short({ schedule })).toBe('daily 20261121T030000Z');
  });

  it('is by hand unless something else is said, and by the vault with auto', async () => {
    expect(await place({})).toMatchObject({
      retentionClass: 'manual',
      backupId: expect.stringMatching(/-\w{6}$/),
    });
    expect(await short({ class: 'daily' })).toBe('daily 20261122T020031Z');
    expect(await short({ class: 'auto' })).toBe('monthly 20261122T020031Z');
    const vault = new DatedVault();
    vault.seal({ slot: new Date('2026-11-20T02:00:00Z'), retentionClass: 'monthly' });
    expect(await short({ class: 'auto' }, {}, vault)).toBe('weekly 20261122T020031Z');
  });

  it.each([
    [{ schedule: '0 2 * * *' }, 'schedule-invalid'],
    [{ schedule: 'rate(1 day)' }, 'schedule-invalid'],
    [{ schedule: 'cron(0 2 * * ? *)', timeZone: 'Berlin' }, 'time-zone-invalid'],
    [{ schedule: 'cron(0 2 * * ? *)', class: 'daily' }, 'class-contradiction'],
    [{ class: 'daily', timeZone: 'UTC' }, 'class-contradiction'],
    [{ class: 'auto', slot: new Date('2027-01-01T00:00:00Z') }, 'slot-in-future'],
  ] as const)('of %j is refused: %s', async (options, code) => {
    await expect(place(options)).rejects.toMatchObject({ code, kind: 'usage' });
  });
});
