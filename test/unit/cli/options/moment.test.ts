import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMoment, isoIn, readMoment } from '../../../../lib/cli/options/moment.ts';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';
import { TimeZone } from '../../../../lib/schedule/time-zone.ts';

const BERLIN = new TimeZone('Europe/Berlin');
const NOW = new Date('2026-11-20T05:00:00Z');
const read = (text: string, zone = BERLIN, now = NOW) => readMoment('--before', text, { now, zone });

describe('a time as people write it', () => {
  it.each([
    ['2026-11-08T14:00Z', '2026-11-08T14:00:00.000Z'],
    ['2026-11-08 14:00 UTC', '2026-11-08T14:00:00.000Z'],
    ['2026-11-08T14:00:07.25+05:30', '2026-11-08T08:30:07.250Z'],
    ['2026-11-08t14:00-0330', '2026-11-08T17:30:00.000Z'],
    ['2026-11-08 14:00', '2026-11-08T13:00:00.000Z'],
    ['2026-07-08 14:00', '2026-07-08T12:00:00.000Z'],
    ['2026-11-08', '2026-11-07T23:00:00.000Z'],
    ['today', '2026-11-19T23:00:00.000Z'],
    [' Yesterday ', '2026-11-18T23:00:00.000Z'],
    ['yesterday 14:00', '2026-11-19T13:00:00.000Z'],
    ['yesterday at 9:30', '2026-11-19T08:30:00.000Z'],
    // It is 06:00 in Berlin: 08:00 was yesterday.
    ['05:59', '2026-11-20T04:59:00.000Z'],
    ['08:00', '2026-11-19T07:00:00.000Z'],
    ['3 weeks ago', '2026-10-30T05:00:00.000Z'],
    // The clocks were an hour ahead of today's: the same time of day.
    ['four weeks ago', '2026-10-23T04:00:00.000Z'],
    ['a day ago', '2026-11-19T05:00:00.000Z'],
    ['90 minutes ago', '2026-11-20T03:30:00.000Z'],
    ['24h', '2026-11-19T05:00:00.000Z'],
    ['2w ago', '2026-11-06T05:00:00.000Z'],
    ['9 months ago', '2026-02-20T05:00:00.000Z'],
    ['now', '2026-11-20T05:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(read(text).toISOString()).toBe(iso);
    expect(isMoment(text, { now: NOW, zone: BERLIN })).toBe(true);
  });

  it('ends at the last day of a shorter month', () => {
    expect(read('one month ago', BERLIN, new Date('2027-03-31T10:00:00Z')).toISOString()).toBe(
      '2027-02-28T11:00:00.000Z',
    );
    expect(read('1 year ago', BERLIN, new Date('2028-02-29T11:00:00Z')).toISOString()).toBe(
      '2027-02-28T11:00:00.000Z',
    );
  });

  it.each([
    '11/08/2026',
    '8.11.2026 14:00',
    '2026-02-30',
    '2026-13-01',
    '2026-11-08 24:00',
    '2026-11-08 14:60',
    '2026-11-08T14:00+25:00',
    '2026-11-08 14',
    '20261108T140000Z',
    '3 m',
    '5m',
    'many days ago',
    'last tuesday',
    'tomorrow',
    '',
    'latest',
  ])('%j is refused, because it could mean another', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'time-invalid', kind: 'usage' }));
  });
});

it('names the days that a weekday could mean, in the zone of the reader', () => {
  // A Monday in Berlin, and still Sunday in UTC.
  const now = new Date('2026-11-29T23:30:00Z');
  const remedy = (zone: string) => {
    try {
      return read('last friday', new TimeZone(zone), now).toISOString();
    } catch (error) {
      return (error as LifeboatError).remedy;
    }
  };
  expect(remedy('Europe/Berlin')).toContain('before today was 2026-11-27, the one before it 2026-11-20');
  const sunday = (zone: string) => {
    try {
      return read('Sunday 14:00', new TimeZone(zone), now).toISOString();
    } catch (error) {
      return (error as LifeboatError).remedy;
    }
  };
  expect(sunday('Europe/Berlin')).toContain('was 2026-11-29, the one before it 2026-11-22');
  expect(sunday('UTC')).toContain('was 2026-11-22, the one before it 2026-11-15');
});

describe('the hour in which clocks change', () => {
  it('is refused when they show it twice, with both times to choose from', () => {
    const refused = { code: 'time-ambiguous', remedy: expect.stringContaining('2026-10-25T02:30:00+02:00') };
    expect(() => read('2026-10-25 02:30')).toThrow(
      expect.objectContaining({ ...refused, what: expect.stringContaining('twice in Europe/Berlin') }),
    );
    expect(read('2026-10-25T02:30:00+02:00').toISOString()).toBe('2026-10-25T00:30:00.000Z');
    expect(read('2026-10-25T02:30:00+01:00').toISOString()).toBe('2026-10-25T01:30:00.000Z');
    // In another zone it is an hour like others.
    expect(read('2026-10-25 02:30', new TimeZone('UTC')).toISOString()).toBe('2026-10-25T02:30:00.000Z');
  });

  it('is refused when they skip it', () => {
    expect(() => read('2026-03-29 02:30')).toThrow(
      expect.objectContaining({
        code: 'time-nonexistent',
        remedy: 'Write it with its zone: 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00.',
      }),
    );
    // A day begins all the same where clocks skip midnight.
    const beirut = new TimeZone('Asia/Beirut');
    expect(read('2026-03-29', beirut).toISOString()).toBe('2026-03-28T22:00:00.000Z');
    expect(isoIn(beirut, read('2026-03-29', beirut).getTime())).toBe('2026-03-29T01:00:00+03:00');
  });
});

const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Asia/Beirut'];
const zones = fc
  .constantFrom(...ZONES, 'Africa/Casablanca', 'Pacific/Apia')
  .map((name) => new TimeZone(name));
const moments = fc
  .integer({ min: Date.UTC(2014, 0, 1) / 1000, max: Date.UTC(2035, 0, 1) / 1000 })
  .map((seconds) => seconds * 1000);
/** Seconds of the days on which clocks change, where random moments would hardly ever fall. */
const changes = fc
  .tuple(
    fc.constantFrom('2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-10-04'),
    fc.nat(2 * 86_400),
  )
  .map(([day, second]) => Date.parse(day) - 43_200_000 + second * 1000);

describe('any moment in any zone', () => {
  it('is read back from what its clocks show, or refused with it among the answers', () => {
    fc.assert(
      fc.property(zones, fc.oneof(moments, changes), (zone, moment) => {
        const iso = isoIn(zone, moment);
        expect(read(iso, zone).getTime()).toBe(moment);
        const local = iso.slice(0, 19).replace('T', ' ');
        try {
          expect(read(local, zone).getTime()).toBe(moment);
        } catch (error) {
          if (!(error instanceof LifeboatError)) throw error;
          expect(error.code).toBe('time-ambiguous');
          expect(error.remedy).toContain(iso);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is some days ago at the same time of day, whatever the clocks did meanwhile', () => {
    fc.assert(
      fc.property(zones, fc.oneof(moments, changes), fc.integer({ min: 1, max: 400 }), (zone, now, days) => {
        const then = read(`${days} days ago`, zone, new Date(now)).getTime();
        const apart = now - then - days * 86_400_000;
        // Apia once left out a whole day, but before these years.
        expect(Math.abs(apart)).toBeLessThanOrEqual(2 * 3_600_000);
      }),
      { numRuns: 300 },
    );
  });
});
