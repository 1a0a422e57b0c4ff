import { dayOfWeek, fromDayNumber, type LocalDate, toDayNumber } from '../../schedule/local-date.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';
import { localTime } from './both-times.ts';
import type { ListedBackup } from './list-text.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf } from './units.ts';

export interface Timeline {
  readonly backups: ReadonlyArray<ListedBackup & { readonly onHold: boolean | null }>;
  readonly zone: TimeZone;
  readonly now: Date;
}

type Dated = Timeline['backups'][number] & { readonly showsAt: Date };

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** More empty days than this become one line. */
const MOST_EMPTY_LINES = 2;
const MARGIN = ' '.repeat('2026-11-20 Fri '.length);
const HOURS = 24;

/** A picture of each source: a line for each day, a column for each hour, a sign for each backup. */
export function timelineText({ backups, zone, now }: Timeline, page: Page): string[] {
  const dated = backups.map((backup) => ({
    ...backup,
    showsAt: new Date(backup.snapshotAt ?? backup.storedAt),
  }));
  const pictures = [...Map.groupBy(dated, ({ source }) => source)].flatMap(([source, ofSource]) => [
    ...pictureOf(source, ofSource, { zone, now }, page),
    '',
  ]);
  return [...pictures, ...legend(dated, zone)];
}

function pictureOf(
  source: string,
  backups: readonly Dated[],
  { zone, now }: Pick<Timeline, 'zone' | 'now'>,
  page: Page,
): string[] {
  const days = Map.groupBy(backups, ({ showsAt }) => toDayNumber(zone.localDate(showsAt)));
  const first = Math.min(...days.keys());
  const today = Math.max(toDayNumber(zone.localDate(now)), ...days.keys());
  const lines = [page.paint.bold(printable(source)), `${MARGIN} 0     6     12    18`];
  let empty: number[] = [];
  for (let day = today; day >= first; day -= 1) {
    const ofDay = days.get(day);
    if (!ofDay) {
      empty.push(day);
      continue;
    }
    lines.push(...emptyLines(empty, page), ...linesOf(fromDayNumber(day), ofDay, zone, page));
    empty = [];
  }
  return lines;
}

function linesOf(date: LocalDate, backups: readonly Dated[], zone: TimeZone, page: Page): string[] {
  const sorted = backups.toSorted((a, b) => a.showsAt.getTime() - b.showsAt.getTime());
  const hours = Array.from({ length: HOURS }, (_, hour) => {
    const signs = sorted.filter((one) => hourOf(one, zone) === hour).map(signOf);
    return SIGNS.find(({ sign }) => signs.includes(sign))?.sign ?? '.';
  });
  return sorted.map((backup, index) => {
    const picture = index === 0 ? `${dayName(date)} |${hours.join('')}|` : `${MARGIN} ${' '.repeat(HOURS)} `;
    const time = localTime(backup.showsAt, zone).slice(11, 16);
    const hold = backup.onHold ? ', on hold' : '';
    const text = `${time} ${signOf(backup)} ${backup.backupId} ${backup.retentionClass}${hold}`;
    return `${picture} ${paintOf(backup, page)(text)}`;
  });
}

/** Days without a backup, in one line if they are many. The days are given newest first. */
function emptyLines(days: readonly number[], { paint }: Page): string[] {
  const names = days.map((day) => dayName(fromDayNumber(day)));
  const [newest, oldest] = [names[0], names.at(-1)];
  if (days.length > MOST_EMPTY_LINES) {
    const text = `${countOf(days.length, 'day')} without a backup, ${oldest} to ${newest}`;
    return [paint.yellow(`${MARGIN} ${text}`)];
  }
  return names.map((name) => `${name} |${'.'.repeat(HOURS)}| ${paint.yellow('no backup')}`);
}

function hourOf({ showsAt }: Dated, zone: TimeZone): number {
  return Number(localTime(showsAt, zone).slice(11, 13));
}

/** In the order in which one hides another of the same hour. */
const SIGNS = [
  { sign: '#', meaning: 'proven by a drill' },
  { sign: 'o', meaning: 'not proven' },
  { sign: '-', meaning: 'holds a part, or no rows' },
  { sign: '!', meaning: 'damaged or incomplete' },
] as const;

type Sign = (typeof SIGNS)[number]['sign'];

function signOf({ problem, scope, proven }: ListedBackup): Sign {
  if (problem !== null) return '!';
  if (scope !== 'full') return '-';
  return proven ? '#' : 'o';
}

function paintOf(backup: ListedBackup, { paint }: Page): (text: string) => string {
  return { '!': paint.red, '-': paint.yellow, o: paint.yellow, '#': paint.green }[signOf(backup)];
}

function legend(backups: readonly Dated[], zone: TimeZone): string[] {
  const shown = new Set(backups.map(signOf));
  const meanings = SIGNS.filter(({ sign }) => shown.has(sign)).map(
    ({ sign, meaning }) => `${sign} ${meaning}`,
  );
  return [
    ...(meanings.length > 0 ? [meanings.join(', ')] : []),
    `A time is the moment that a backup's rows show, on the clocks of ${zone.name}. Ids are in UTC.`,
  ];
}

function dayName(date: LocalDate): string {
  const iso = new Date(toDayNumber(date) * 24 * 3_600_000).toISOString().slice(0, 10);
  return `${iso} ${WEEKDAYS[dayOfWeek(date) - 1]}`;
}
