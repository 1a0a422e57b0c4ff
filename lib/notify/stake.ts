import { formatAge } from '../present/terminal/units.ts';
import { utc } from './notification.ts';

/** What would be left of a source if its database were lost now. */
export interface KnownSafety {
  /** How many backups are sealed. */
  readonly backups: number;
  /** When the newest backup that a drill has proven was sealed; undefined if there is none. */
  readonly provenAt: Date | undefined;
}

/** A backup a day, and a drill of it, leave a proven one of this age at most. */
const USUAL_PROVEN_AGE_MS = 48 * 3_600_000;

export interface Stake {
  readonly words: string;
  /** Whether there is nothing proven, or only something old, to fall back on. */
  readonly isHigh: boolean;
}

export const UNKNOWN_STAKE: Stake = {
  words: 'It is not known which backups there are, because the vault could not be read.',
  isHigh: false,
};

/** Says what is at stake: how old the newest proven backup is. */
export function stakeOf({ backups, provenAt }: KnownSafety, source: string, now: Date): Stake {
  if (provenAt === undefined) {
    const words =
      backups === 0
        ? `There is no backup of ${source}: if the database is lost now, everything is lost.`
        : `No drill has proven any of the ${backups === 1 ? 'backups' : `${backups} backups`} of ${source}: nobody knows whether one can be restored.`;
    return { words, isHigh: true };
  }
  const ageMs = now.getTime() - provenAt.getTime();
  return {
    words: `The newest proven backup of ${source} is ${formatAge(ageMs)} old, from ${utc(provenAt)}. If the database is lost now, what is newer can be lost.`,
    isHigh: ageMs > USUAL_PROVEN_AGE_MS,
  };
}
