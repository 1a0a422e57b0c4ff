import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import type { Workload } from './workload.ts';

/** Copies of one backup that are stored once a year of backups has passed; fractions are means over time. */
export interface KeptCopies {
  /** In S3 Standard. */
  readonly standard: number;
  /** In Glacier Instant Retrieval. */
  readonly colder: number;
}

/**
 * A backup outlives its days: the keeper marks it once a newer one is proven, and lifecycle rules act at midnight UTC. A day
 * and a half on average, if the drills are weekly and pass.
 */
const AFTER_ITS_DAYS = 2;

export function keptCopies({
  backupsAYear,
  keeping,
}: Pick<Workload, 'backupsAYear' | 'keeping'>): KeptCopies {
  let standard = 0;
  let colder = 0;
  for (const name of RETENTION_CLASSES) {
    const { days, colderAfterDays } = keeping.classes[name];
    const aDay = backupsAYear[name] / 365;
    const stays = days + AFTER_ITS_DAYS + keeping.undeleteDays;
    const inStandard = Math.min(stays, colderAfterDays ?? stays);
    standard += aDay * inStandard;
    colder += aDay * (stays - inStandard);
  }
  return { standard, colder };
}
