import { InvalidScheduleError } from './invalid-schedule-error.ts';

/** The values that one field of an AWS cron expression may hold. */
export interface FieldRange {
  /** The field's name in the EventBridge Scheduler User Guide: `minutes`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names for the numbers from `from` on: `JAN` is 1. */
  readonly names?: readonly string[];
}

/**
 * The numbers that a field of lists, ranges and steps (`,` `-` `/` `*`) names, in rising order. The other
 * wildcards (`?`, `L`, `W`, `#`) belong to days and are read in cron-days.ts.
 */
export function parseField(text: string, range: FieldRange): readonly number[] {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const [span = '', step, ...more] = part.split('/');
    if (more.length > 0) throw unreadable(text, range);
    const every = step === undefined ? 1 : wholeNumber(step, text, range);
    if (every < 1) throw unreadable(text, range);
    const [from, to] = parseSpan(span, step !== undefined, text, range);
    for (let number = from; number <= to; number += every) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** One number or name of the field. */
export function parseValue(text: string, range: FieldRange): number {
  const named = range.names?.indexOf(text.toUpperCase()) ?? -1;
  const number = named === -1 ? wholeNumber(text, text, range) : range.from + named;
  if (number < range.from || number > range.to) {
    throw new InvalidScheduleError(`${range.name} go from ${range.from} to ${range.to}, not to ${text}`);
  }
  return number;
}

export function unreadable(text: string, range: FieldRange): InvalidScheduleError {
  return new InvalidScheduleError(`${JSON.stringify(text)} cannot be read as ${range.name}`);
}

function parseSpan(span: string, stepped: boolean, text: string, range: FieldRange): [number, number] {
  if (span === '*') return [range.from, range.to];
  const [first = '', last, ...more] = span.split('-');
  if (more.length > 0) throw unreadable(text, range);
  const from = parseValue(first, range);
  // `5/15` means from 5 on.
  if (last === undefined) return [from, stepped ? range.to : from];
  const to = parseValue(last, range);
  if (to < from) throw new InvalidScheduleError(`${JSON.stringify(span)} runs backwards in ${range.name}`);
  return [from, to];
}

function wholeNumber(digits: string, text: string, range: FieldRange): number {
  if (!/^\d{1,4}$/.test(digits)) throw unreadable(text, range);
  return Number(digits);
}
