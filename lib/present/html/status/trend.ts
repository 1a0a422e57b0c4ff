import { type Html, html } from '../html.ts';
import { shortDate } from './dates.ts';

export interface Point {
  readonly at: Date;
  readonly value: number;
}

export interface Trend {
  readonly title: string;
  /** Oldest first. */
  readonly points: readonly Point[];
  readonly format: (value: number) => string;
  /** A line that the values should stay below. */
  readonly target?: number | undefined;
}

const WIDTH = 320;
const HEIGHT = 110;
const TOP = 12;
const LEFT = 4;
const RIGHT = 8;
/** A line through more would only be thicker. */
const MOST_POINTS = 400;
const MONTH_MS = 30 * 86_400_000;

/** A line over time, from zero up. The figures themselves are in the table of all backups. */
export function trend({ title, points, format, target }: Trend): Html {
  const last = points.at(-1);
  if (!last) return html``;
  const shown = points.slice(-MOST_POINTS);
  const [first = last] = shown;
  const most = niceAbove(Math.max(target ?? 0, ...shown.map(({ value }) => value)));
  const span = last.at.getTime() - first.at.getTime();
  const x = (at: Date) =>
    span === 0
      ? (WIDTH - RIGHT + LEFT) / 2
      : LEFT + ((at.getTime() - first.at.getTime()) / span) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - (value / most) * (HEIGHT - TOP);
  const line = shown.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const area = `${x(first.at).toFixed(1)},${HEIGHT} ${line} ${x(last.at).toFixed(1)},${HEIGHT}`;
  const values = shown.map(({ value }) => value);
  const words = `${title}: ${format(last.value)} on ${shortDate(last.at)}; from ${format(Math.min(...values))} to ${format(Math.max(...values))} since ${shortDate(first.at)}.`;
  return html`<figure class="trend"><figcaption><span>${title}</span> <strong>${format(last.value)}</strong> <small>${changeOf(points, last)}</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT + 18}" role="img" aria-label="${words}">
<line class="grid" x1="0" x2="${WIDTH}" y1="${y(most)}" y2="${y(most)}"/><line class="grid" x1="0" x2="${WIDTH}" y1="${y(most / 2)}" y2="${y(most / 2)}"/><line class="axis" x1="0" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}"/>
${target !== undefined && html`<line class="target" x1="0" x2="${WIDTH}" y1="${y(target)}" y2="${y(target)}"/>`}
<polygon class="area" points="${area}"/><polyline class="line" points="${line}"/><circle class="end" cx="${x(last.at).toFixed(1)}" cy="${y(last.value).toFixed(1)}" r="3.5"/>
<text x="2" y="${y(most) - 3}">${format(most)}</text><text x="2" y="${HEIGHT + 14}">${shortDate(first.at)}</text>${span > 0 && html`<text class="right" x="${WIDTH - 2}" y="${HEIGHT + 14}">${shortDate(last.at)}</text>`}
</svg></figure>`;
}

/** `+12 % in 30 days`, by the value of about a month before. */
function changeOf(points: readonly Point[], last: Point): string {
  const before = points.findLast(({ at }) => last.at.getTime() - at.getTime() >= MONTH_MS) ?? points[0];
  if (!before || before === last || before.value <= 0) return '';
  const percent = Math.round((last.value / before.value - 1) * 100);
  const days = Math.round((last.at.getTime() - before.at.getTime()) / 86_400_000);
  if (days === 0) return '';
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)} % in ${days} ${days === 1 ? 'day' : 'days'}`;
}

/** 1, 2 or 5 times a power of ten, so that the line is not at the edge. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 1.02) ?? 20) * power;
}
