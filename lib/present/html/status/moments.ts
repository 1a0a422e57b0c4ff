import type { Interval } from '../../../engine/replay/plan/intervals.ts';
import { countOf } from '../../terminal/units.ts';
import { type Html, html } from '../html.ts';
import { shortTime } from './dates.ts';

const WIDTH = 960;
const HEIGHT = 14;

/** The stretches of time of which every moment can be restored, and what lies between them. */
export function moments(intervals: readonly Interval[] | undefined): Html {
  if (intervals === undefined)
    return html`<h3>Moments that can be restored</h3><p>Not known: the log of changes could not be read.</p>`;
  if (intervals.length === 0) return html``;
  return html`
<h3>Moments that can be restored</h3>
<p class="note">Every moment of these stretches, with <code>lifeboat restore --to</code>; between two of them only the backups.</p>
${bar(intervals)}
<div class="scroll" tabindex="0" role="region" aria-label="Moments that can be restored"><table class="rows">
<thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col">Proven</th><th scope="col">Then</th></tr></thead>
<tbody>${intervals.toReversed().map(intervalRow)}</tbody></table></div>`;
}

function intervalRow({ from, to, proofs, wrong, ended }: Interval): Html {
  const proven =
    wrong.length > 0
      ? `WRONG up to ${wrong.join(', ')}`
      : proofs > 0
        ? `up to ${countOf(proofs, 'backup')}`
        : 'not yet';
  return html`<tr><td>${from ? shortTime(new Date(from.time)) : 'no base yet'}</td><td>${shortTime(new Date(to.time))}</td><td>${proven}</td><td>${ended === null ? 'goes on' : `a gap: ${ended}`}</td></tr>`;
}

/** The same as a picture; the table says it in words. */
function bar(intervals: readonly Interval[]): Html {
  const spans = intervals.flatMap(({ from, to }) =>
    from ? [{ from: Date.parse(from.time), to: Date.parse(to.time) }] : [],
  );
  const first = Math.min(...spans.map(({ from }) => from));
  const last = Math.max(...spans.map(({ to }) => to));
  if (!(last > first)) return html``;
  const x = (at: number) => ((at - first) / (last - first)) * WIDTH;
  return html`<svg class="bar" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
<rect class="gap" width="${WIDTH}" height="${HEIGHT}" rx="3"/>${spans.map(({ from, to }) => html`<rect class="covered" x="${x(from).toFixed(1)}" width="${Math.max(2, x(to) - x(from)).toFixed(1)}" height="${HEIGHT}"/>`)}</svg>`;
}
