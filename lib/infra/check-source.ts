import { SAFETY_SUFFIX, SOURCE_NAME } from '../contract/source-names.ts';
import { InvalidScheduleError } from '../schedule/invalid-schedule-error.ts';
import { longestGapOf } from '../schedule/longest-gap.ts';
import type { Problem } from './problem.ts';
import { DEFAULT_DRILL_SCHEDULE, DEFAULT_SCHEDULE, DEFAULT_TIME_ZONE } from './source-to-protect.ts';

/** The schedules of a source, as they are checked. */
export interface SourceTimes {
  readonly schedule?: string | undefined;
  readonly drillSchedule?: string | undefined;
  readonly timeZone?: string | undefined;
  /** @default - that of the backups */
  readonly drillTimeZone?: string | undefined;
}

/** The longest time between two runs of each schedule, over the next two years. */
export interface LongestGaps {
  readonly backupMs: number;
  readonly drillMs: number;
}

/** Throws {@link InvalidScheduleError}. */
export function longestGaps(times: SourceTimes, now: Date): LongestGaps {
  const timeZone = times.timeZone ?? DEFAULT_TIME_ZONE;
  return {
    backupMs: longestGapOf(times.schedule ?? DEFAULT_SCHEDULE, timeZone, now),
    drillMs: longestGapOf(
      times.drillSchedule ?? DEFAULT_DRILL_SCHEDULE,
      times.drillTimeZone ?? timeZone,
      now,
    ),
  };
}

export function checkTimes(times: SourceTimes, now: Date): Problem[] {
  const { timeZone = DEFAULT_TIME_ZONE } = times;
  const zone = check(['timeZone'], () => longestGapOf(DEFAULT_DRILL_SCHEDULE, timeZone, now));
  if (zone.length > 0) return zone;
  return [
    ...check(['schedule'], () => longestGapOf(times.schedule ?? DEFAULT_SCHEDULE, timeZone, now)),
    ...check(['drillSchedule'], () =>
      longestGapOf(times.drillSchedule ?? DEFAULT_DRILL_SCHEDULE, times.drillTimeZone ?? timeZone, now),
    ),
  ];
}

export function checkName(name: string): Problem[] {
  if (name.endsWith(SAFETY_SUFFIX)) {
    const message = `${JSON.stringify(name)} ends in ${SAFETY_SUFFIX}, which names copies that restores make, and nothing watches those: name it otherwise`;
    return [{ path: ['name'], message }];
  }
  return SOURCE_NAME.test(name)
    ? []
    : [
        {
          path: ['name'],
          message: `${JSON.stringify(name)} cannot be part of a key: use 1 to 63 lower-case letters, digits, ".", "_" and "-", starting with a letter or digit`,
        },
      ];
}

function check(path: string[], run: () => void): Problem[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof InvalidScheduleError) return [{ path, message: error.message }];
    throw error;
  }
}
