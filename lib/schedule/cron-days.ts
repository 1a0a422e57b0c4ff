import { type FieldRange, parseField, parseValue, unreadable } from './cron-field.ts';
import { InvalidScheduleError } from './invalid-schedule-error.ts';
import { dayOfWeek, daysInMonth, type LocalDate } from './local-date.ts';

/** Whether a schedule runs on a date at all. */
export type DayTest = (date: LocalDate) => boolean;

const DAYS_OF_MONTH: FieldRange = { name: 'days of the month', from: 1, to: 31 };
/** AWS counts from Sunday, which is 1 (EventBridge Scheduler User Guide, "Schedule types"). */
const DAYS_OF_WEEK: FieldRange = {
  name: 'days of the week',
  from: 1,
  to: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};
const SATURDAY = 7;

/** Reads the two day fields, of which exactly one must be `?`. */
export function parseDays(ofMonth: string, ofWeek: string): DayTest {
  if ((ofMonth === '?') === (ofWeek === '?')) {
    throw new InvalidScheduleError(
      'exactly one of day-of-month and day-of-week must be "?", as in cron(0 2 * * ? *)',
    );
  }
  return ofMonth === '?' ? parseDaysOfWeek(ofWeek) : parseDaysOfMonth(ofMonth);
}

function parseDaysOfMonth(text: string): DayTest {
  if (text === 'L') return (date) => date.day === daysInMonth(date);
  const weekday = /^(\d{1,2})W$/.exec(text);
  if (weekday?.[1] !== undefined) {
    const wanted = parseValue(weekday[1], DAYS_OF_MONTH);
    return (date) => date.day === nearestWeekday(date, wanted);
  }
  const days = new Set(parseField(text, DAYS_OF_MONTH));
  return (date) => days.has(date.day);
}

function parseDaysOfWeek(text: string): DayTest {
  if (text === 'L') return (date) => dayOfWeek(date) === SATURDAY;
  const last = /^(\w+)L$/.exec(text);
  if (last?.[1] !== undefined) {
    const wanted = parseValue(last[1], DAYS_OF_WEEK);
    return (date) => dayOfWeek(date) === wanted && date.day + 7 > daysInMonth(date);
  }
  const [day = '', nth, ...more] = text.split('#');
  if (nth !== undefined) {
    const wanted = parseValue(day, DAYS_OF_WEEK);
    if (more.length > 0 || !/^[1-5]$/.test(nth)) throw unreadable(text, DAYS_OF_WEEK);
    return (date) => dayOfWeek(date) === wanted && Math.ceil(date.day / 7) === Number(nth);
  }
  const days = new Set(parseField(text, DAYS_OF_WEEK));
  return (date) => days.has(dayOfWeek(date));
}

/** The weekday (Monday to Friday) nearest to a day, within its month. The day is limited to the month. */
function nearestWeekday(date: LocalDate, wanted: number): number {
  const last = daysInMonth(date);
  const day = Math.min(wanted, last);
  const ofWeek = dayOfWeek({ ...date, day });
  if (ofWeek === SATURDAY) return day === 1 ? 3 : day - 1;
  if (ofWeek === 1) return day === last ? day - 2 : day + 1;
  return day;
}
