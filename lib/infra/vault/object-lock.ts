import { RETENTION_CLASSES, type RetentionClass } from '../../contract/retention-classes.ts';
import type { ObjectLockSettings } from '../environment/shared-settings.ts';
import type { Problem } from '../problem.ts';
import type { Retention } from './retention.ts';

/** What a setting for the mode should be. */
export const LOCK_MODE_WORDS = 'should be "governance", "compliance" or "off"';

/** The locks of a vault: how long each class locks its objects. */
export interface ObjectLock {
  readonly mode: 'governance' | 'compliance';
  readonly days: Readonly<Record<RetentionClass, number>>;
}

/** The locks that follow from the settings; undefined if nothing is locked. */
export function objectLockOf(props: ObjectLockSettings, retention: Retention): ObjectLock | undefined {
  const { mode = 'governance', days: most = Number.POSITIVE_INFINITY } = props;
  if (mode !== 'governance' && mode !== 'compliance') return undefined;
  const daysOf = (name: RetentionClass) => Math.min(retention[name].days, most);
  const [daily, weekly, monthly, manual] = RETENTION_CLASSES.map(daysOf) as [number, number, number, number];
  return { mode, days: { daily, weekly, monthly, manual } };
}

/** S3 locks an object for 100 years at most (Amazon S3 API Reference, "DefaultRetention"). */
const MOST_DAYS = 36_500;

/** Reports a lock that is longer than anything is kept, so that it would not do what it says. */
export function checkObjectLock(props: ObjectLockSettings, retention: Retention): Problem[] {
  const { mode = 'governance' } = props;
  if (mode === 'off') return [];
  if (mode !== 'governance' && mode !== 'compliance') {
    return [{ path: ['mode'], message: LOCK_MODE_WORDS }];
  }
  const { undeleteDays, ...classes } = retention;
  const longest = Math.max(...Object.values(classes).map(({ days }) => days));
  if (props.days === undefined) {
    if (longest <= MOST_DAYS) return [];
    return [{ path: [], message: `S3 locks nothing for ${longest} days; give days, ${MOST_DAYS} at most` }];
  }
  if (Number.isInteger(props.days) && props.days >= 1 && props.days <= longest) return [];
  return [
    {
      path: ['days'],
      message: `${props.days} should be a whole number from 1 to ${longest}, the days of the class that is kept longest: a lock that outlives its backup only keeps and bills it. Leave it out to lock each backup as long as its class keeps it`,
    },
  ];
}

/** What compliance mode means with these settings, in words that leave no doubt. */
export function complianceWarning({ days }: ObjectLock): string {
  const longest = Math.max(...Object.values(days));
  const name = RETENTION_CLASSES.find((one) => days[one] === longest);
  return `objectLock.mode is "compliance": once a backup is written, nobody can delete it before its lock ends, not you, not the account's root user, not AWS. A ${name} backup is locked, and billed, for ${longest} days, whatever it holds and even if it failed half way. If that is not what you want, use "governance".`;
}
