import type { Problem } from '../problem.ts';
import type { Retention } from './retention.ts';

/**
 * Reports a lock that is longer than the shortest retention: it would keep and bill expired backups, because
 * lifecycle can hide a locked object but not delete it (Amazon S3 User Guide, "Object Lock considerations").
 */
export function checkObjectLock(lockDays: number, retention: Retention): Problem[] {
  const { undeleteDays, ...classes } = retention;
  const [name, shortest] = Object.entries(classes).reduce((least, one) =>
    one[1].days < least[1].days ? one : least,
  );
  const keptDays = shortest.days + undeleteDays;
  if (lockDays <= keptDays) return [];
  return [
    {
      path: ['days'],
      message: `${lockDays} would keep and bill ${name} backups longer than the ${keptDays} days they are kept for; lock for at most ${keptDays} days`,
    },
  ];
}
