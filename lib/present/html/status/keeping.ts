import { monthlyStorage, PRICES_AS_OF } from '../../../contract/list-prices.ts';
import { RETENTION_CLASSES } from '../../../contract/retention-classes.ts';
import type { SourceStatus, StatusBackup } from '../../../engine/status/vault-status.ts';
import { outlookWords } from '../../terminal/status-words.ts';
import { countOf, formatBytes, formatCount } from '../../terminal/units.ts';
import { type Html, html } from '../html.ts';
import { shortDate, shortTime } from './dates.ts';

const NEXT = 8;

/** What expires next, and what is kept for which reason. */
export function expiring({ source, backups }: SourceStatus): Html {
  const known = backups.filter(({ outlook }) => outlook !== undefined);
  if (known.length === 0) return html``;
  const going = known
    .flatMap((backup) =>
      backup.outlook && backup.outlook.state !== 'kept' ? [{ backup, at: backup.outlook.at }] : [],
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  const kept = Map.groupBy(
    known.filter(({ outlook }) => outlook?.state === 'kept'),
    ({ outlook }) => outlookWords(outlook),
  );
  const more = going.length - NEXT;
  return html`
<h3>What expires when</h3>
${
  going.length > 0 &&
  html`<div class="scroll" tabindex="0" role="region" aria-label="What expires next of ${source}"><table class="rows"><thead><tr><th scope="col">From</th><th scope="col">Backup</th><th scope="col">Class</th><th scope="col" class="number">Stored</th></tr></thead>
<tbody>${going.slice(0, NEXT).map(({ backup, at }) => html`<tr><th scope="row">${shortDate(at)}</th><td>${shortTime(backup.at)}</td><td>${backup.place.retentionClass}</td><td class="number">${formatBytes(backup.contents?.storedBytes ?? 0)}</td></tr>`)}</tbody></table></div>`
}
${more > 0 && html`<p class="note">${formatCount(more)} more later: see the table of all backups.</p>`}
${going.some(({ backup }) => backup.outlook?.state === 'prunable') && html`<p class="note">In a vault of your own only <code>lifeboat prune --delete</code> deletes them, with its usual days from these dates on.</p>`}
${kept.size > 0 && html`<ul>${[...kept].map(([words, some]) => html`<li>${countOf(some.length, 'backup')} ${words}</li>`)}</ul>`}`;
}

/** Holds, and what scrubs have read again. */
export function guarding({ backups }: SourceStatus, scrubbedAt: Date | undefined): Html {
  const held = backups.filter(({ isHeld }) => isHeld);
  const read = backups.filter(({ scrub }) => scrub);
  const damaged = read.filter(({ scrub }) => scrub?.verdict === 'damaged');
  const saysHolds = backups.some(({ isHeld }) => isHeld !== undefined);
  return html`
<h3>Holds and scrubs</h3>
<dl class="facts">
<div><dt>On hold</dt><dd>${!saysHolds ? 'this vault has no holds, or does not say' : held.length === 0 ? 'none' : held.map(({ name }) => name).join(', ')}</dd></div>
<div><dt>Read whole again</dt><dd>${read.length === 0 ? 'no backup yet' : `${read.length} of ${countOf(backups.length, 'backup')}, ${damaged.length === 0 ? 'none damaged' : `${damaged.length} damaged`}`}</dd></div>
<div><dt>Last scrub of the vault</dt><dd>${scrubbedAt ? `${shortTime(scrubbedAt)} UTC` : 'none'}</dd></div>
</dl>
${damaged.length > 0 && html`<ul>${damaged.map(damage)}</ul>`}`;
}

function damage({ name, scrub }: StatusBackup): Html {
  const [first] = scrub?.problems ?? [];
  return html`<li class="damaged">${name}${first && html`: ${first.name} ${first.problem}`}</li>`;
}

/** How much each class holds, and what the storage costs at most. */
export function storing({ source, backups }: SourceStatus, region: string | undefined): Html {
  if (backups.length === 0) return html``;
  const rows = RETENTION_CLASSES.flatMap((retentionClass) => {
    const some = backups.filter(({ place }) => place.retentionClass === retentionClass);
    return some.length === 0 ? [] : [{ name: retentionClass as string, some }];
  });
  const cost = (bytes: number) => (region === undefined ? undefined : monthlyStorage(bytes, region).dollars);
  const cells = ({ name, some }: { readonly name: string; readonly some: readonly StatusBackup[] }) => {
    const bytes = bytesOf(some);
    const dollars = cost(bytes);
    return html`<th scope="row">${name}</th><td class="number">${formatCount(some.length)}</td><td class="number">${formatBytes(bytes)}</td>${dollars !== undefined && html`<td class="number">$ ${dollars.toFixed(2)}</td>`}`;
  };
  return html`
<h3>Stored by class</h3>
<div class="scroll" tabindex="0" role="region" aria-label="What is stored of ${source}, by class"><table class="rows"><thead><tr><th scope="col">Class</th><th scope="col" class="number">Backups</th><th scope="col" class="number">Stored</th>${region !== undefined && html`<th scope="col" class="number">A month, at most</th>`}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody><tfoot><tr>${cells({ name: 'all', some: backups })}</tr></tfoot></table></div>
${region !== undefined && html`<p class="note">List price of S3 Standard in ${monthlyStorage(0, region).of}, ${PRICES_AS_OF}. Older backups may lie in a cheaper class; versions that can still be undeleted, and captured changes, are not counted.</p>`}`;
}

export function bytesOf(backups: readonly StatusBackup[]): number {
  return backups.reduce((sum, { contents }) => sum + (contents?.storedBytes ?? 0), 0);
}
