import { CAPTURE_MINUTES, HELD_WAL_BYTES, LONGEST_KEPT_CHANGES_DAYS } from '../../contract/point-in-time.ts';
import type { PointInTimeSettings } from '../environment/shared-settings.ts';
import type { Problem } from '../problem.ts';
import { pointInTimeFigures } from './point-in-time-figures.ts';

const MOST_DAYS = LONGEST_KEPT_CHANGES_DAYS;

/** Reports what cannot be captured, kept or held. */
export function checkPointInTime(settings: PointInTimeSettings): Problem[] {
  const { everyMinutes, keepDays, maxHeldWalBytes } = pointInTimeFigures(settings);
  const { from, to } = CAPTURE_MINUTES;
  const isOften = Number.isInteger(everyMinutes) && everyMinutes >= from && everyMinutes <= to;
  const isKept = Number.isInteger(keepDays) && keepDays >= 1 && keepDays <= MOST_DAYS;
  const isHeld = maxHeldWalBytes >= HELD_WAL_BYTES.from && maxHeldWalBytes <= HELD_WAL_BYTES.to;
  return [
    ...(isOften
      ? []
      : [
          {
            path: ['every'],
            message: `${JSON.stringify(settings.every)} should be a whole number of minutes from ${from} to ${to}, such as "5 minutes"`,
          },
        ]),
    ...(isKept
      ? []
      : [
          { path: ['keepDays'], message: `${keepDays} is not a whole number of days from 1 to ${MOST_DAYS}` },
        ]),
    ...(isHeld
      ? []
      : [
          {
            path: ['maxHeldWal'],
            message: `${JSON.stringify(settings.maxHeldWal)} should be from 128 MiB to 1024 GiB, such as "2 GiB" or "512 MiB"`,
          },
        ]),
  ];
}

/** What is allowed, and may surprise on this host. */
export function pointInTimeWarning(source: string, hostProfile: string | undefined): string | undefined {
  if (hostProfile !== 'neon') return undefined;
  return `${source}: capturing changes wakes Neon's compute every minute, so it never suspends. Neon removes a slot that stands still for about 40 hours, and every slot when a branch is restored; the capture then begins again with a new base (docs/point-in-time.md).`;
}
