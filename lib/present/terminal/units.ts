/** Created on first use: that takes as long as the rest of a command's start, apart from loading modules. */
let grouped: Intl.NumberFormat | undefined;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `300,412` */
export function formatCount(count: number): string {
  grouped ??= new Intl.NumberFormat('en-US');
  return grouped.format(count);
}

/** `1 table`, `24 tables`. The plural defaults to the singular with an `s`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** Decimal units, as disks, networks and invoices count: `999 B`, `1.2 kB`, `34.5 MB`, `812 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < BYTE_UNITS.length - 1 && Number(threeDigits(value)) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)} ${BYTE_UNITS[unit]}`;
}

/** `0.8 s`, `12.3 s`, `2 min 05 s`, `1 h 04 min`. */
export function formatDuration(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** `m:ss` or `h:mm:ss`, for a line that is redrawn and should keep its width. */
export function formatClock(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = twoDigits(seconds % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** An age in one unit: `40 s`, `12 min`, `25 h`, `9 d`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  // Hours up to two days: "25 h" is the number that an alarm speaks of.
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `2026-11-20 02:00:07`, in UTC. */
export function formatTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}

/** `6.2 : 1`: how much smaller the stored bytes are. */
export function formatRatio(rawBytes: number, storedBytes: number): string {
  return storedBytes === 0 ? '-' : `${(rawBytes / storedBytes).toFixed(1)} : 1`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2).replace(/0$/, '');
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
