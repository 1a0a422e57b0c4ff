import { describe, expect, it } from 'vitest';
import { backupOrder, isScheduled } from '../../../../lambda/backup/backup-event.ts';

const NOW = new Date('2026-11-20T10:11:12.345Z');
const LATER = new Date('2026-12-02T10:11:12.345Z');
const nightly = (slot: string) => ({ slot, schedule: 'cron(0 2 * * ? *)', timeZone: 'UTC' });

describe('a scheduled run', () => {
  it('is told from a person’s event by its three parts, understood or not', () => {
    expect(isScheduled(nightly('soon'))).toBe(true);
    for (const event of [undefined, null, {}, { bogus: 1 }, { slot: '2026-11-20T02:00:00Z' }, 'slot'])
      expect(isScheduled(event)).toBe(false);
  });

  it('of a time to come is refused: its backup would pass for the newest until then', () => {
    const attempt = () => backupOrder(nightly('2030-01-01T02:00:00Z'), 'shop', NOW);
    expect(attempt).toThrow('The slot 2030-01-01T02:00:00.000Z is in the future');
  });

  it.each([
    ['2026-11-20T02:00:00Z', 'daily'],
    ['2026-11-22T02:00:00Z', 'weekly'],
    ['2026-12-01T02:00:00Z', 'monthly'],
  ])('of %s is %s, and its id is the slot, whenever it comes', (slot, retentionClass) => {
    const { order } = backupOrder(nightly(slot), 'app', LATER);
    expect(order).toEqual({
      place: { retentionClass, source: 'app', backupId: slot.replace(/[-:]/g, '') },
      scope: 'full',
    });
    expect(backupOrder(nightly(slot), 'app', new Date(LATER.getTime() + 900_000)).order).toEqual(order);
  });

  it('knows the places of the backups of its last three slots, each in its class', () => {
    const { earlier } = backupOrder(nightly('2026-11-24T02:00:00Z'), 'app', LATER);
    expect(earlier.map(({ retentionClass, backupId }) => `${retentionClass}/${backupId}`)).toEqual([
      'daily/20261123T020000Z',
      'weekly/20261122T020000Z',
      'daily/20261121T020000Z',
    ]);
  });

  it('with a slot or schedule that cannot be read is refused', () => {
    expect(() => backupOrder(nightly('<aws.scheduler.scheduled-time>'), 'app', NOW)).toThrow('slot: ');
    expect(() => backupOrder({ ...nightly('2026-11-20T02:00:00Z'), schedule: 'daily' }, 'app', NOW)).toThrow(
      'schedule: "daily"',
    );
    expect(() => backupOrder({ slot: '2026-11-20T02:00:00Z' }, 'app', NOW)).toThrow('schedule: ');
  });
});

describe('by hand', () => {
  it.each([undefined, null, {}])('%j is a full backup of class manual with an id of its own', (event) => {
    const { place, ...rest } = backupOrder(event, 'app', NOW).order;
    expect(rest).toEqual({ scope: 'full' });
    expect(place).toEqual({
      retentionClass: 'manual',
      source: 'app',
      backupId: expect.stringMatching(/^20261120T101112Z-[a-z0-9]{6}$/),
    });
  });

  it('takes a reason, a scope and a class', () => {
    const event = { reason: 'before migration 005', scope: 'schema-only', class: 'monthly' };
    expect(backupOrder(event, 'app', NOW).order).toMatchObject({
      place: { retentionClass: 'monthly' },
      scope: 'schema-only',
      reason: 'before migration 005',
    });
  });

  it.each([
    ['a typo', { reasn: 'x' }, 'reasn'],
    ['another source', { source: 'billing' }, 'source'],
    ['no scope of ours', { scope: 'schema' }, 'scope: '],
    ['no object', 'backup please', 'Expected Object'],
    ['a list', [], 'Expected Object'],
  ])('refuses %s and says what an event looks like', (_, event, says) => {
    expect(() => backupOrder(event, 'app', NOW)).toThrow(says);
    expect(() => backupOrder(event, 'app', NOW)).toThrow('{"reason": "before migration 005"}');
  });
});
