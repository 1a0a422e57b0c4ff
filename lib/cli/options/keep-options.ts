import { type Command, Option } from 'commander';
import { DEFAULT_KEPT_DAYS } from '../../contract/kept-days.ts';
import { RETENTION_CLASSES, type RetentionClass } from '../../contract/retention-classes.ts';
import type { KeptDays } from '../../engine/keep/expiry.ts';
import { wholeNumber } from './option-values.ts';

/** For how long backups of each class stay. */
export interface KeepOptions {
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly keepManual?: number;
  readonly undrilled?: boolean;
}

/** The options that decide what may go: the same for `prune` and `backup --prune`. */
export function addKeepOptions(command: Command): Command {
  for (const name of RETENTION_CLASSES) {
    command.addOption(
      new Option(
        `--keep-${name} <days>`,
        `days that a ${name} backup stays at least (default: ${DEFAULT_KEPT_DAYS[name]})`,
      ).argParser(wholeNumber(1, 36_500)),
    );
  }
  return command.option(
    '--undrilled',
    'let a newer backup count that is sealed and not proven, if nobody drills this vault (default: only a proven one counts)',
  );
}

export function keptDays(options: KeepOptions): KeptDays {
  const given: Readonly<Record<RetentionClass, number | undefined>> = {
    daily: options.keepDaily,
    weekly: options.keepWeekly,
    monthly: options.keepMonthly,
    manual: options.keepManual,
  };
  const days = RETENTION_CLASSES.map((name) => [name, given[name] ?? DEFAULT_KEPT_DAYS[name]]);
  return Object.fromEntries(days) as KeptDays;
}
