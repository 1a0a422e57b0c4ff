/** How often changes can be captured, in minutes. */
export const CAPTURE_MINUTES = { from: 1, to: 5, usually: 5 } as const;

export const DEFAULT_KEPT_CHANGES_DAYS = 7;
export const LONGEST_KEPT_CHANGES_DAYS = 365;

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** WAL that a slot may hold. Less than eight segments of 16 MiB would be dropped by a busy minute. */
export const HELD_WAL_BYTES = { from: 128 * MIB, to: 1024 * GIB, usually: 2 * GIB } as const;

/** From this part of the limit on, an alarm warns: docs/point-in-time.md. */
export const HELD_WAL_WARNING_SHARE = 0.25;

/** The watchdog of the slot runs this often, whatever the pace of the capture: WAL can fill a disk within minutes. */
export const SLOT_WATCH_MINUTES = 1;

/** An alarm on silence waits for this many runs that left nothing. */
export const MISSED_CAPTURES = 3;

/** How long moments may stay unrestorable before an alarm says so. */
export const LONGEST_GAP_MINUTES = 30;

const UNITS: Readonly<Record<string, number>> = { B: 1, MiB: MIB, GiB: GIB };

/** `5 minutes`, `1 minute`. Undefined for anything else. */
export function minutesOfText(text: string): number | undefined {
  const [, minutes] = /^(\d+(?:\.\d+)?) minutes?$/.exec(text) ?? [];
  return minutes === undefined ? undefined : Number(minutes);
}

/** `2 GiB`, `512 MiB`. Undefined for anything else. */
export function bytesOfText(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) (B|MiB|GiB)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1);
}
