import type { RetentionClass } from '../../../contract/retention-classes.ts';
import type { StatusBackup } from '../../../engine/status/vault-status.ts';
import { WORTHS, type Worth, worthOf } from '../../terminal/status-words.ts';
import { type Html, html } from '../html.ts';
import { monthName } from './dates.ts';

/** A year, and the month that it began in. */
const MOST_MONTHS = 13;
const DAY_MS = 86_400_000;
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** The letter of a class. The first of several on a day is shown. */
const LETTERS: ReadonlyArray<readonly [retentionClass: RetentionClass, letter: string, words: string]> = [
  ['monthly', 'M', 'monthly'],
  ['weekly', 'W', 'weekly'],
  ['daily', 'D', 'daily'],
  ['manual', 'H', 'by hand'],
];
/** The best of several on a day is shown, but damage is never hidden. */
const SHOWN_FIRST: readonly Worth[] = ['damaged', 'proven', 'sealed', 'part'];

/** A table for each month, a cell for each day: which class, and whether proven. In UTC. */
export function calendar(source: string, backups: readonly StatusBackup[], now: Date): Html {
  if (backups.length === 0) return html``;
  const days = Map.groupBy(backups, ({ at }) => dayOf(at));
  const months = monthsOf(backups, now);
  const used = new Set(backups.map(worthOf));
  const classes = new Set(backups.map(({ place }) => place.retentionClass));
  return html`
<h3>Calendar</h3>
<p class="legend">${SHOWN_FIRST.filter((worth) => used.has(worth)).map((worth) => html`<span><i class="day ${worth}" aria-hidden="true">1</i> ${WORTHS[worth]}</span>`)}
${LETTERS.filter(([one]) => classes.has(one)).map(([, letter, words]) => html`<span><b>${letter}</b> ${words}</span>`)}</p>
<div class="months">${months.map(([year, month]) => monthTable(source, year, month, days))}</div>`;
}

function monthsOf(
  backups: readonly StatusBackup[],
  now: Date,
): Array<readonly [year: number, month: number]> {
  const count = (at: Date) => at.getUTCFullYear() * 12 + at.getUTCMonth();
  const last = Math.max(count(now), ...backups.slice(0, 1).map(({ at }) => count(at)));
  const first = Math.max(last - MOST_MONTHS + 1, Math.min(...backups.map(({ at }) => count(at))));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const month = first + index;
    return [Math.floor(month / 12), month % 12] as const;
  });
}

function monthTable(
  source: string,
  year: number,
  month: number,
  days: ReadonlyMap<number, readonly StatusBackup[]>,
): Html {
  const first = Date.UTC(year, month, 1) / DAY_MS;
  const last = Date.UTC(year, month + 1, 0) / DAY_MS;
  // The epoch's first day was a Thursday.
  const before = (first + 3) % 7;
  const weeks = Math.ceil((before + last - first + 1) / 7);
  const cells = Array.from({ length: weeks * 7 }, (_, index) => {
    const day = first - before + index;
    return day < first || day > last ? html`<td></td>` : dayCell(day - first + 1, days.get(day) ?? []);
  });
  const rows = Array.from({ length: weeks }, (_, week) => cells.slice(week * 7, week * 7 + 7));
  return html`<table class="month"><caption>${monthName(year, month)}<span class="vh">, ${source}</span></caption>
<thead><tr>${WEEKDAYS.map((day) => html`<th scope="col"><abbr title="${day}">${day.slice(0, 1)}</abbr></th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row}</tr>`)}</tbody></table>`;
}

function dayCell(number: number, backups: readonly StatusBackup[]): Html {
  if (backups.length === 0) return html`<td>${number}</td>`;
  const worths = backups.map(worthOf);
  const shown = SHOWN_FIRST.find((worth) => worths.includes(worth)) ?? 'sealed';
  const [, letter] = LETTERS.find(([one]) => backups.some(({ place }) => place.retentionClass === one)) ?? [];
  const words = backups
    .map(
      ({ place }, index) =>
        `${place.retentionClass === 'manual' ? 'by hand' : place.retentionClass}, ${WORTHS[worths[index] ?? 'sealed']}`,
    )
    .join('; ');
  const more = backups.length > 1 ? `${backups.length} backups: ` : '';
  return html`<td title="${more}${words}"><span class="day ${shown}">${number}<sup aria-hidden="true">${letter}</sup><span class="vh"> ${more}${words}</span></span></td>`;
}

function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS);
}
