import type { StatusBackup } from '../../../engine/status/vault-status.ts';
import { outlookWords, WORTHS, worthOf } from '../../terminal/status-words.ts';
import { countOf, formatBytes, formatCount, formatDuration } from '../../terminal/units.ts';
import { type Html, html } from '../html.ts';
import { shortTime } from './dates.ts';

/** All backups of a source, newest first: the figures behind calendar and trends. */
export function backupsTable(source: string, backups: readonly StatusBackup[]): Html {
  if (backups.length === 0) return html``;
  return html`<details><summary>All ${countOf(backups.length, 'backup')} as a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="All backups of ${source}"><table class="rows">
<thead><tr><th scope="col">Began (UTC)</th><th scope="col">Class</th><th scope="col">Worth</th><th scope="col" class="number">Stored</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Took</th><th scope="col" class="number">Recovery</th><th scope="col">Read whole</th><th scope="col">Expires</th></tr></thead>
<tbody>${backups.map(backupRow)}</tbody></table></div></details>`;
}

function backupRow(backup: StatusBackup): Html {
  const { at, place, contents, proof, problem, scrub, outlook, isHeld } = backup;
  const worth = worthOf(backup);
  return html`<tr><th scope="row">${shortTime(at)}</th><td>${place.retentionClass}${contents?.reason !== undefined && html` <small>${contents.reason}</small>`}</td><td class="${worth}">${WORTHS[worth]}${problem !== undefined && html`: ${problem}`}</td><td class="number">${contents ? formatBytes(contents.storedBytes) : '–'}</td><td class="number">${contents ? formatCount(contents.rows) : '–'}</td><td class="number">${contents ? formatDuration(contents.durationMs) : '–'}</td><td class="number">${proof ? formatDuration(proof.recoveryMs) : '–'}</td><td>${scrub ? `${shortTime(new Date(scrub.endedAt))}, ${scrub.verdict}` : '–'}</td><td>${isHeld ? 'on hold' : outlookWords(outlook)}</td></tr>`;
}
