import { describe, expect, it } from 'vitest';
import { drillDays } from '../../../../lib/engine/runbook/drill-days.ts';
import { drillCalendar } from '../../../../lib/present/calendar/drill-calendar.ts';
import { TimeZone } from '../../../../lib/schedule/time-zone.ts';

const BERLIN = new TimeZone('Europe/Berlin');
const writtenAt = new Date('2026-11-30T10:00:00Z');

function calendarOf(subject = 'production', at = writtenAt, runbook?: string): string {
  return drillCalendar({ subject, days: drillDays(at, BERLIN, ['app', 'billing']), runbook, writtenAt: at });
}

/** The lines of a calendar, unfolded (RFC 5545, 3.1). */
function linesOf(text: string): string[] {
  return text.replaceAll('\r\n ', '').split('\r\n');
}

describe('days of drills', () => {
  it('are one each quarter, on the second Tuesday of its middle month, at ten on the clocks of the zone', () => {
    const days = drillDays(writtenAt, BERLIN, []);
    expect(
      days.map(({ quarter, rehearsal, beginsAt }) => [quarter, rehearsal.key, beginsAt.toISOString()]),
    ).toEqual([
      ['2027-q1', 'accidental-deletion', '2027-02-09T09:00:00.000Z'],
      ['2027-q2', 'failed-migration', '2027-05-11T08:00:00.000Z'],
      ['2027-q3', 'connection-failure', '2027-08-10T08:00:00.000Z'],
      ['2027-q4', 'complete-loss', '2027-11-09T09:00:00.000Z'],
    ]);
  });

  it('begin with the one that is not over, and go around the sources', () => {
    const days = drillDays(new Date('2027-08-10T09:59:00Z'), BERLIN, ['app', 'billing']);
    expect(days.map(({ quarter }) => quarter)).toEqual(['2027-q3', '2027-q4', '2028-q1', '2028-q2']);
    expect(new Set(days.map(({ source }) => source))).toEqual(new Set(['app', 'billing']));
    expect(drillDays(new Date('2027-08-10T10:00:00Z'), BERLIN, [])[0]?.quarter).toBe('2027-q4');
  });
});

describe('a calendar of drills', () => {
  it('is iCalendar: lines of at most 75 octets that end with CRLF, and the properties that an event must have', () => {
    const text = calendarOf('Größe; "x", y\\z\nBEGIN:VEVENT');
    expect(text.split('\r\n').join('')).not.toMatch(/[\r\n]/);
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    const lines = linesOf(text);
    const count = (line: string) => lines.filter((one) => one === line).length;
    expect([lines[0], lines[1], lines.at(-1)]).toEqual(['BEGIN:VCALENDAR', 'VERSION:2.0', 'END:VCALENDAR']);
    expect([count('BEGIN:VEVENT'), count('END:VEVENT'), count('BEGIN:VALARM')]).toEqual([4, 4, 4]);
    for (const property of ['UID', 'DTSTAMP', 'DTSTART', 'DTEND', 'SUMMARY', 'DESCRIPTION', 'SEQUENCE']) {
      const found = lines.filter((line) => line.startsWith(`${property}:`));
      expect(found.length, property).toBeGreaterThanOrEqual(4);
    }
    for (const line of lines.filter((one) => /^DT/.test(one))) expect(line).toMatch(/^DT\w+:\d{8}T\d{6}Z$/);
    // Every property of an event is before its alarms (RFC 5545, 3.6.1).
    expect(lines.filter((line, at) => lines[at - 1] === 'END:VALARM' && line !== 'END:VEVENT')).toEqual([]);
  });

  it('escapes what text must not hold', () => {
    const lines = linesOf(calendarOf('production', writtenAt, 'https://wiki.example.com/a,b;c'));
    const texts = lines.filter((line) => /^(SUMMARY|DESCRIPTION|NAME|X-WR-CALNAME):/.test(line));
    expect(texts.length).toBeGreaterThan(8);
    for (const text of texts) expect(text.replaceAll(/\\[\\;,n]/g, '')).not.toMatch(/[\\;,]/);
    expect(lines.join('\n')).toContain('https://wiki.example.com/a\\,b\\;c');
  });

  it('keeps its identifiers, and replaces what was written before', () => {
    const uids = (text: string) => linesOf(text).filter((line) => line.startsWith('UID:'));
    const sequence = (text: string) => Number(/^SEQUENCE:(\d+)\r$/m.exec(text)?.[1]);
    const [first, later] = [calendarOf(), calendarOf('production', new Date('2026-12-24T00:00:00Z'))];
    expect(uids(first)[0]).toBe('UID:2027-q1-accidental-deletion-production@pg-lifeboat');
    expect(uids(later)).toEqual(uids(first));
    expect(new Set(uids(first)).size).toBe(4);
    expect(sequence(later)).toBeGreaterThan(sequence(first));
    expect(uids(calendarOf('staging'))).not.toEqual(uids(first));
  });
});
