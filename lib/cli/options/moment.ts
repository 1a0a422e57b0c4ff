import { dayOfWeek, fromDayNumber, type LocalDate, toDayNumber } from '../../schedule/local-date.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';
import { usageError } from '../program/failure.ts';

/** Where and when a time was written. */
export interface Surrounding {
  readonly now: Date;
  readonly zone: TimeZone;
}

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?)?`;
const OFFSET = String.raw`(?<offset>z|utc|gmt|[+-]\d\d(?::?\d\d)?)`;
const DATED = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:(?:t| +)${CLOCK}(?: *${OFFSET})?)?$`,
);
const ON_A_DAY = new RegExp(`^(?<word>today|yesterday)(?:(?: at)? +${CLOCK})?$`);
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
/** People disagree which day it means, so it gets both to choose from. */
const WITH_WEEKDAY = new RegExp(`\\b(?<weekday>${WEEKDAYS.join('|')})\\b`);
const TODAY = new RegExp(`^${CLOCK}$`);
const AGO = /^(?<count>\d{1,5}|an?|[a-z]+) +(?<unit>second|minute|hour|day|week|month|year)s? +ago$/;
const SHORT = /^(?<count>\d{1,5})(?<unit>h|d|w)(?: +ago)?$/;
const NUMBERS = 'one two three four five six seven eight nine ten eleven twelve'.split(' ');
const UNIT_MS: Readonly<Record<string, number>> = {
  second: SECOND_MS,
  minute: 60 * SECOND_MS,
  hour: HOUR_MS,
  h: HOUR_MS,
};

type Groups = Readonly<Record<string, string | undefined>>;

/**
 * Reads a time as people write it: with a zone (`2026-11-08T14:00Z`), on the clocks of their own zone (`2026-11-08 14:00`,
 * `08:00`, `yesterday 14:00`), a day (its beginning), or an age (`3 weeks ago`, `24h`). The grammar is small and strict:
 * a time that could mean two things is refused. Throws `time-invalid`, `time-ambiguous` for an hour that clocks show
 * twice, `time-nonexistent` for one that they skip.
 */
export function readMoment(option: string, text: string, { now, zone }: Surrounding): Date {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  if (words === 'now') return now;
  const dated = DATED.exec(words)?.groups;
  if (dated) return readDated(option, text, dated, zone);
  const today = toDayNumber(zone.localDate(now));
  const onADay = ON_A_DAY.exec(words)?.groups;
  if (onADay) {
    const date = fromDayNumber(onADay.word === 'today' ? today : today - 1);
    return onADay.hour === undefined
      ? startOf(date, zone)
      : exactly(option, text, date, clockOf(option, text, onADay), zone);
  }
  const clock = TODAY.exec(words)?.groups;
  if (clock) return lastTime(option, text, clock, { now, zone });
  const ago = AGO.exec(words)?.groups ?? SHORT.exec(words)?.groups;
  const before = ago && timeAgo(ago, { now, zone });
  if (before && !Number.isNaN(before.getTime())) return before;
  const weekday = WITH_WEEKDAY.exec(words)?.groups?.weekday;
  if (weekday !== undefined) throw whichDay(option, text, weekday, today);
  throw invalid(option, text);
}

/** What a time that readMoment() takes says behind its milliseconds: PostgreSQL's log and `--list-transactions` show as much. */
export function microsecondsOf(text: string): number {
  const [, digits = ''] = /\.\d{3}(\d{1,3})/.exec(text) ?? [];
  return Number(digits.padEnd(3, '0'));
}

function whichDay(option: string, text: string, weekday: string, today: number) {
  // dayOfWeek counts from 1.
  const back = (dayOfWeek(fromDayNumber(today)) - 1 - WEEKDAYS.indexOf(weekday) + 7) % 7 || 7;
  const name = `${weekday.charAt(0).toUpperCase()}${weekday.slice(1)}`;
  const day = (before: number) => new Date((today - before) * DAY_MS).toISOString().slice(0, 10);
  return usageError(
    'time-invalid',
    `${option} ${JSON.stringify(text)} could mean two days.`,
    `Write the day: the latest ${name} before today was ${day(back)}, the one before it ${day(back + 7)}.`,
    'It may be the latest one, or that of last week.',
  );
}

/** Whether a text is a time, so that one in the place of a backup's name can be told from a mistyped name. */
export function isMoment(text: string, surrounding: Surrounding): boolean {
  try {
    readMoment('', text, surrounding);
    return true;
  } catch {
    return false;
  }
}

function readDated(option: string, text: string, groups: Groups, zone: TimeZone): Date {
  const date = { year: Number(groups.year), month: Number(groups.month), day: Number(groups.day) };
  const same = fromDayNumber(toDayNumber(date));
  if (same.year !== date.year || same.month !== date.month || same.day !== date.day) {
    throw invalid(option, text, 'There is no such day.');
  }
  if (groups.hour === undefined) return startOf(date, zone);
  const ofDay = clockOf(option, text, groups);
  if (groups.offset === undefined) return exactly(option, text, date, ofDay, zone);
  return new Date(toDayNumber(date) * DAY_MS + ofDay - offsetOf(option, text, groups.offset));
}

/** Milliseconds since midnight, on the clocks. */
function clockOf(option: string, text: string, { hour, minute, second, fraction }: Groups): number {
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59)
    throw invalid(option, text, 'There is no such time of day.');
  const milliseconds = Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  return ((hours * 60 + minutes) * 60 + seconds) * SECOND_MS + milliseconds;
}

function offsetOf(option: string, text: string, offset: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  if (sign === undefined) return 0;
  if (Number(hours) > 14 || Number(minutes) > 59) throw invalid(option, text, 'No zone is so far from UTC.');
  const ms = Number(hours) * HOUR_MS + Number(minutes) * 60_000;
  return sign === '-' ? -ms : ms;
}

/** The last time that the clocks showed this: today, or yesterday if it is still to come. */
function lastTime(option: string, text: string, groups: Groups, { now, zone }: Surrounding): Date {
  const ofDay = clockOf(option, text, groups);
  const today = zone.localDate(now);
  const wallClock = zone.wallClock(now.getTime());
  const isToCome = ofDay > wallClock - toDayNumber(today) * DAY_MS;
  return exactly(option, text, isToCome ? fromDayNumber(toDayNumber(today) - 1) : today, ofDay, zone);
}

/** The one moment at which the zone's clocks show this. */
function exactly(option: string, text: string, date: LocalDate, ofDay: number, zone: TimeZone): Date {
  const moments = zone.momentsOf(date, ofDay);
  const [only, another] = moments;
  if (only !== undefined && another === undefined) return new Date(only);
  const isos = moments.map((moment) => isoIn(zone, moment));
  if (only === undefined) {
    const [early = 0, late = 0] = aroundGap(date, ofDay, zone);
    throw usageError(
      'time-nonexistent',
      `${option} ${JSON.stringify(text)} does not exist in ${zone.name}.`,
      `Write it with its zone: ${isoIn(zone, early)} or ${isoIn(zone, late)}.`,
      'Clocks skip it, because they go forward then.',
    );
  }
  throw usageError(
    'time-ambiguous',
    `${option} ${JSON.stringify(text)} happens twice in ${zone.name}.`,
    `Write it with its zone: ${isos.join(' for the first, or ')} for the second.`,
    'Clocks go back then, and show that hour again.',
  );
}

/** What a time that clocks skip would be by the offset after the change, and by the one before it. */
function aroundGap(date: LocalDate, ofDay: number, zone: TimeZone): number[] {
  const wallClock = toDayNumber(date) * DAY_MS + ofDay;
  const moments = [wallClock - DAY_MS, wallClock + DAY_MS].map((near) => wallClock - zone.offsetMs(near));
  return moments.sort((a, b) => a - b);
}

/** The first moment of a day. In some zones it is not midnight on the day when clocks go forward. */
function startOf(date: LocalDate, zone: TimeZone): Date {
  return nearest(date, 0, zone);
}

/** The moment at which clocks show this; the first of two, and the one that much later if clocks skip it. */
function nearest(date: LocalDate, ofDay: number, zone: TimeZone): Date {
  const [first] = zone.momentsOf(date, ofDay);
  return new Date(first ?? Math.max(...aroundGap(date, ofDay, zone)));
}

/** Hours and less are durations. Days and more go back on the calendar, to the same time of day. */
function timeAgo({ count = '', unit = '' }: Groups, { now, zone }: Surrounding): Date {
  const number = countOf(count);
  if (number === undefined) return new Date(Number.NaN);
  const unitMs = UNIT_MS[unit];
  if (unitMs !== undefined) return new Date(now.getTime() - number * unitMs);
  const wallClock = zone.wallClock(now.getTime());
  const today = zone.localDate(now);
  return nearest(dateBefore(today, number, unit), wallClock - toDayNumber(today) * DAY_MS, zone);
}

function countOf(count: string): number | undefined {
  if (/^\d+$/.test(count)) return Number(count);
  if (count === 'a' || count === 'an') return 1;
  const index = NUMBERS.indexOf(count);
  return index === -1 ? undefined : index + 1;
}

/** A month before 31 March is the last of February. */
function dateBefore({ year, month, day }: LocalDate, count: number, unit: string): LocalDate {
  const days = { d: 1, day: 1, w: 7, week: 7 }[unit];
  if (days !== undefined) return fromDayNumber(toDayNumber({ year, month, day }) - count * days);
  const months = year * 12 + (month - 1) - count * (unit === 'year' ? 12 : 1);
  const first = { year: Math.floor(months / 12), month: (((months % 12) + 12) % 12) + 1, day: 1 };
  const last = new Date(Date.UTC(first.year, first.month, 0)).getUTCDate();
  return { ...first, day: Math.min(day, last) };
}

/** `2026-10-25T02:30:00+02:00`: a moment as the clocks of a zone show it, with their offset. */
export function isoIn(zone: TimeZone, momentMs: number): string {
  const offsetMinutes = Math.round(zone.offsetMs(momentMs) / 60_000);
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  const two = (number: number) => String(number).padStart(2, '0');
  const shown = new Date(momentMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
  return offsetMinutes === 0
    ? `${shown}Z`
    : `${shown}${offsetMinutes < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
}

function invalid(option: string, text: string, why = 'It may be mistyped, or could mean two things.') {
  return usageError(
    'time-invalid',
    `${option} ${JSON.stringify(text)} cannot be read as a time.`,
    'Write 2026-11-08T14:00Z, or in your own zone "2026-11-08 14:00", "08:00", "yesterday 14:00", 2026-11-08, "3 weeks ago" or 24h.',
    why,
  );
}
