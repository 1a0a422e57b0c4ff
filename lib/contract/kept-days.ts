import type { RetentionClass } from './retention-classes.ts';

/** For how many days the backups of each class are kept at least, unless somebody says otherwise. */
export const DEFAULT_KEPT_DAYS: Readonly<Record<RetentionClass, number>> = {
  daily: 7,
  weekly: 28,
  monthly: 365,
  manual: 30,
};
