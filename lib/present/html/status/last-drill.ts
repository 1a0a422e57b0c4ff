import type { DrillReport, ReportItem } from '../../../engine/archive/drill-report.ts';
import { countOf, formatBytes, formatCount, formatDuration } from '../../terminal/units.ts';
import { type Html, html } from '../html.ts';
import { shortTime } from './dates.ts';

/** A page of many more would not open on a phone. */
const MOST_ITEMS = 1000;

/** The report of the drill that passed last: what was restored, how long it took, and each item. */
export function lastDrill(report: DrillReport | undefined, failedDrills: number | undefined): Html {
  const failed =
    failedDrills === undefined
      ? 'A drill that fails leaves nothing in the vault, so this page does not know of one.'
      : failedDrills > 0
        ? `${countOf(failedDrills, 'drill')} failed since.`
        : undefined;
  if (!report) return html`<h3>Last drill</h3><p>No drill has proven a backup. ${failed}</p>`;
  const { backup, verdict, target, totals, items, notes, catalog } = report;
  const others = items.filter((item) => item.verdict !== 'match');
  const name = `${backup.retentionClass}/${backup.source}/${backup.backupId}`;
  const compared = catalog.reduce((sum, one) => sum + one.compared, 0);
  return html`
<h3>Last drill</h3>
<dl class="facts">
${fact('Verdict', verdict)}${fact('Ended', shortTime(new Date(report.finishedAt)))}${fact('Backup', name)}
${fact('Recovery time', formatDuration(report.recoveryTimeMs))}${fact('Whole drill', formatDuration(report.durationMs))}
${fact('Restored', `${formatCount(totals.rows)} rows in ${countOf(totals.tables, 'table')}, ${formatBytes(totals.rawBytes)}`)}
${fact('Into', `PostgreSQL ${target.serverVersion} (${target.kind})`)}
${fact('Compared', `${formatCount(totals.matched)} match, ${formatCount(totals.differing)} differ, ${formatCount(totals.skipped)} skipped; of the catalog ${countOf(compared, 'object')}`)}
${fact('Phases', report.phases.map(({ phase, durationMs }) => `${phase} ${formatDuration(durationMs)}`).join(', '))}
</dl>
${notes.map((note) => html`<p class="note">${note}</p>`)}
${failed !== undefined && html`<p class="note">${failed}</p>`}
${others.length > 0 && html`<h4>Not proven</h4>${itemsTable(others, `What the last drill of ${backup.source} did not prove`)}`}
<details><summary>All ${formatCount(items.length)} items of the report</summary>${itemsTable(items, `Items of the last drill of ${backup.source}`)}</details>`;
}

function fact(term: string, text: string): Html {
  return html`<div><dt>${term}</dt><dd>${text}</dd></div>`;
}

function itemsTable(items: readonly ReportItem[], label: string): Html {
  const more = items.length - MOST_ITEMS;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="rows">
<thead><tr><th scope="col">Item</th><th scope="col">Kind</th><th scope="col" class="number">Rows</th><th scope="col">Verdict</th></tr></thead>
<tbody>${items.slice(0, MOST_ITEMS).map(({ name, kind, rows, verdict, reason }) => html`<tr><th scope="row">${name}</th><td>${kind}</td><td class="number">${rows === undefined ? '–' : formatCount(rows)}</td><td class="${verdict}">${verdict}${reason !== undefined && html`: ${reason}`}</td></tr>`)}</tbody></table></div>
${more > 0 && html`<p class="note">${formatCount(more)} more: <code>lifeboat show --json</code> has all of them.</p>`}`;
}
