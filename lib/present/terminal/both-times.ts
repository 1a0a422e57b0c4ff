import type { TimeZone } from '../../schedule/time-zone.ts';
import { formatTime } from './units.ts';

/**
 * A moment in UTC, and as the clocks of a zone show it: `2026-11-08 14:00:00 UTC (15:00:00 in Europe/Berlin)`. Only UTC
 * where the two are the same.
 */
export function bothTimes(moment: Date, zone?: TimeZone): string {
  const utc = formatTime(moment);
  if (!zone || isUtc(zone, moment)) return `${utc} UTC`;
  const local = localTime(moment, zone);
  const shown = local.slice(0, 10) === utc.slice(0, 10) ? local.slice(11) : local;
  return `${utc} UTC (${shown} in ${zone.name})`;
}

/** `2026-11-08 15:00:00`, as the clocks of a zone show it. */
export function localTime(moment: Date, zone: TimeZone): string {
  return formatTime(new Date(moment.getTime() + zone.offsetMs(moment.getTime())));
}

export function isUtc(zone: TimeZone, moment: Date): boolean {
  return zone.offsetMs(moment.getTime()) === 0 && /^(UTC|GMT|Etc\/\w+)$/i.test(zone.name);
}
