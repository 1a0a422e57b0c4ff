import {
  bytesOfText,
  CAPTURE_MINUTES,
  DEFAULT_KEPT_CHANGES_DAYS,
  HELD_WAL_BYTES,
  minutesOfText,
} from '../../contract/point-in-time.ts';
import type { PointInTimeSettings } from '../environment/shared-settings.ts';

/** The settings of point in time in figures, with defaults in place of what is left out. */
export interface PointInTimeFigures {
  readonly everyMinutes: number;
  readonly keepDays: number;
  readonly maxHeldWalBytes: number;
}

/** Of settings that were checked: check-point-in-time.ts. */
export function pointInTimeFigures({ every, keepDays, maxHeldWal }: PointInTimeSettings): PointInTimeFigures {
  return {
    everyMinutes: every === undefined ? CAPTURE_MINUTES.usually : (minutesOfText(every) ?? Number.NaN),
    keepDays: keepDays ?? DEFAULT_KEPT_CHANGES_DAYS,
    maxHeldWalBytes:
      maxHeldWal === undefined ? HELD_WAL_BYTES.usually : (bytesOfText(maxHeldWal) ?? Number.NaN),
  };
}
