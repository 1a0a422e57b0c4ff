import { DEFAULT_KEPT_DAYS } from '../../contract/kept-days.ts';
import type { ClassRetentionSettings, RetentionSettings } from '../environment/shared-settings.ts';
import type { Problem } from '../problem.ts';

/** {@link RetentionSettings} with its defaults filled in. */
export interface Retention {
  readonly daily: ClassRetentionSettings;
  readonly weekly: ClassRetentionSettings;
  readonly monthly: ClassRetentionSettings;
  readonly manual: ClassRetentionSettings;
  readonly undeleteDays: number;
}

export const DEFAULT_COLDER_CLASS = 'GLACIER_IR';

/**
 * The minimum storage duration that S3 bills for a class, in days (Amazon S3 User Guide, "Understanding and
 * managing storage classes"), and the earliest day on which a lifecycle rule may move an object there
 * ("Transitioning objects using Amazon S3 Lifecycle").
 */
const COLDER_CLASSES: ReadonlyMap<string, { name: string; billedDays: number; earliestDay: number }> =
  new Map([
    ['STANDARD_IA', { name: 'Standard-IA', billedDays: 30, earliestDay: 30 }],
    ['GLACIER_IR', { name: 'Glacier Instant Retrieval', billedDays: 90, earliestDay: 1 }],
  ]);

const DAY_MS = 86_400_000;

export function withRetentionDefaults(retention: RetentionSettings = {}): Retention {
  return {
    daily: retention.daily ?? { days: DEFAULT_KEPT_DAYS.daily },
    weekly: retention.weekly ?? { days: DEFAULT_KEPT_DAYS.weekly },
    // The newest monthly backup stays in Standard for 30 days, when drills and restores mostly read it.
    monthly: retention.monthly ?? { days: DEFAULT_KEPT_DAYS.monthly, colderAfterDays: 30 },
    manual: retention.manual ?? { days: DEFAULT_KEPT_DAYS.manual },
    undeleteDays: retention.undeleteDays ?? 7,
  };
}

/**
 * Reports settings that would cost more than they save, or leave too little to fall back on. `longestGapMs` is the
 * longest time between two runs of the vault's slowest backup schedule. Only days are compared, which holds in every
 * region: objects must stay in a colder class at least for the days that it bills.
 */
export function checkRetention(retention: Retention, longestGapMs: number): Problem[] {
  const { undeleteDays, ...classes } = retention;
  const problems = Object.entries(classes).flatMap(([name, settings]) => checkClass(name, settings));
  if (!isWhole(undeleteDays)) problems.push({ path: ['undeleteDays'], message: WHOLE });
  if (problems.some(({ message }) => message === WHOLE)) return problems;
  // The newest proven backup stays in any case. The one before it must stay for as long, plus a day to notice: what
  // is wrong with the newest is often found only when the next one arrives.
  const neededDays = Math.ceil(longestGapMs / DAY_MS) + 1;
  if (retention.daily.days < neededDays) {
    problems.push({
      path: ['daily', 'days'],
      message: `${retention.daily.days} would leave no backup beside the newest proven one before the next has had time to arrive; the schedule needs at least ${neededDays} days`,
    });
  }
  if (retention.weekly.days < retention.daily.days || retention.monthly.days < retention.weekly.days) {
    const shorter = retention.weekly.days < retention.daily.days ? 'weekly' : 'monthly';
    problems.push({
      path: [shorter, 'days'],
      message: `${retention[shorter].days} is less than the days of a more frequent class, so the first run of a ${shorter === 'weekly' ? 'week' : 'month'} would expire sooner than the others`,
    });
  }
  return problems;
}

/** S3 counts in days. */
const WHOLE = 'should be a whole number of days, 1 at least';

function isWhole(days: number | undefined): boolean {
  return days === undefined || (Number.isInteger(days) && days >= 1);
}

function checkClass(name: string, settings: ClassRetentionSettings): Problem[] {
  const { days, colderAfterDays } = settings;
  const fractions = Object.entries({ days, colderAfterDays }).filter(([, value]) => !isWhole(value));
  if (fractions.length > 0) return fractions.map(([setting]) => ({ path: [name, setting], message: WHOLE }));
  const colderClass = settings.colderClass ?? DEFAULT_COLDER_CLASS;
  const colder = COLDER_CLASSES.get(colderClass);
  if (!colder) {
    return [
      {
        path: [name, 'colderClass'],
        message: `${JSON.stringify(colderClass)} is not one of ${[...COLDER_CLASSES.keys()].join(' and ')}, the cheaper classes that can be read at once`,
      },
    ];
  }
  if (colderAfterDays === undefined) return [];
  if (colderAfterDays < colder.earliestDay) {
    return [
      {
        path: [name, 'colderAfterDays'],
        message: `S3 moves nothing to ${colder.name} before day ${colder.earliestDay}`,
      },
    ];
  }
  const daysThere = days - colderAfterDays;
  if (daysThere < colder.billedDays) {
    return [
      {
        path: [name, 'colderAfterDays'],
        message: `a ${name} backup would be in ${colder.name} for ${Math.max(daysThere, 0)} days but billed for ${colder.billedDays}: leave it in Standard, or keep it for ${colderAfterDays + colder.billedDays} days`,
      },
    ];
  }
  return [];
}
