import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A parser for commander: 30s, 1m, 2h, 7d; in milliseconds. */
export function durationValue(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (number !== undefined && factor !== undefined && Number(number) > 0) return Number(number) * factor;
  throw new InvalidArgumentError('It must be a duration, such as 30s, 1m or 2h.');
}
