import { InvalidArgumentError, Option } from 'commander';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';

/** A parser for commander: a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/**
 * A parser for commander: 20, or 0.5. The minimum is 0.1, because a connection that waits longer looks dead.
 */
export function positiveNumber(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0.1 && number <= 1e6) return number;
  throw new InvalidArgumentError('It must be a number, at least 0.1, such as 20 or 2.5.');
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** A parser for commander: a time with its zone. Without one it would differ from machine to machine. */
export function instantValue(text: string): Date {
  const time = new Date(INSTANT.test(text) ? text : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('It must be a time with its zone, such as 2026-11-20T02:00:00Z.');
}

export function nameOption(description: string): Option {
  return new Option('--name <name>', description);
}

export function classOption(description: string): Option {
  return new Option('--class <class>', description).choices(RETENTION_CLASSES);
}

export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object to stdout and nothing else');
}
