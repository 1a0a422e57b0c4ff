import type { Control } from '../../../engine/evidence/controls.ts';
import type { EvidenceReport, SourceEvidence } from '../../../engine/evidence/evidence-report.ts';
import { countOf, formatCount, formatDuration } from '../../terminal/units.ts';
import { Html, html } from '../html.ts';
import { sourceSection } from './source-section.ts';
import { STYLE } from './style.ts';
import { type Cells, table, timeOf } from './tables.ts';

/** The report as one page that needs no network and prints on A4. The same report makes the same bytes. */
export function evidencePage(report: EvidenceReport, controls: readonly Control[]): string {
  const { vault, from, to, sources, exceptions, trail, limits, keyIds } = report;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidence of backups, ${dayOf(from)} to ${dayOf(to)}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>Evidence of backups and restores</h1>
<p class="lead">${timeOf(from)} to ${timeOf(to)} UTC, the end not included. Vault: <code>${vault}</code></p>
<p class="quiet">Made by <code>lifeboat evidence</code> from what lies in the vault. The same vault and period make the same page.</p>
</header>
<main>
<section aria-labelledby="summary"><h2 id="summary">Summary</h2>
${summary(sources)}
${targets(report)}
<p>${keyIds.length === 0 ? 'Signatures were not checked: no public key was named.' : html`Signatures were checked with ${countOf(keyIds.length, 'key')}: ${keyIds.map((one) => html`<code>${one}</code> `)}`}</p>
</section>
<section aria-labelledby="exceptions"><h2 id="exceptions">Exceptions</h2>
${
  exceptions.length === 0
    ? sources.length === 0
      ? html`<p class="wrong">Nothing is known, so there is nothing to find exceptions in.</p>`
      : html`<p>None.</p>`
    : table(
        'All exceptions',
        ['Time (UTC)', 'Source', 'What'],
        exceptions.map(
          ({ at, source, what }): Cells => [time(at), source, html`<span class="wrong">${what}</span>`],
        ),
      )
}
</section>
${sources.map((source, index) => sourceSection(source, index))}
${trail === null ? undefined : trailSection(trail)}
<section aria-labelledby="limits"><h2 id="limits">What this report does not know</h2>
<ul>${limits.map((one) => html`<li>${one}</li>`)}</ul>
</section>
<section aria-labelledby="controls"><h2 id="controls">What it supports</h2>
<p>This report supports an answer to these requirements. It is not the answer, and nobody complies because of it. The text of the standards counts; it is shortened here.</p>
${table(
  'Requirements',
  ['Requirement', 'It asks', 'This report shows', 'Not covered'],
  controls.map(
    ({ standard, id, asks, supports, notCovered }): Cells => [
      html`${standard} <strong>${id}</strong>`,
      asks,
      supports,
      notCovered,
    ],
  ),
)}
</section>
</main>
</body>
</html>
`;
  return page.text;
}

function summary(sources: readonly SourceEvidence[]): Html {
  if (sources.length === 0) return html`<p>No source is known.</p>`;
  const duration = (length: number | null) => (length === null ? '–' : formatDuration(length));
  return table(
    'Figures of each source',
    [
      'Source',
      { number: 'Backups' },
      'Longest gap',
      'Drills that passed',
      'Recovery, median',
      'Recovery, longest',
      { number: 'Restores' },
    ],
    sources.map(
      ({ name, figures, restores }): Cells => [
        html`<strong>${name}</strong>`,
        { number: formatCount(figures.backups) },
        duration(figures.longestGapMs),
        `${figures.drillsPassed} of ${figures.drills}`,
        duration(figures.medianRecoveryMs),
        duration(figures.longestRecoveryMs),
        { number: formatCount(restores.length) },
      ],
    ),
  );
}

function targets({ targets: { recoveryPointMs, recoveryTimeMs, drillEveryMs } }: EvidenceReport): Html {
  const said = [
    ['time between two backups (recovery point)', recoveryPointMs],
    ['time of a restore (recovery time)', recoveryTimeMs],
    ['time between drills that pass', drillEveryMs],
  ] as const;
  const words = said.flatMap(([what, limit]) =>
    limit === null ? [] : [`${what}: ${formatDuration(limit)}`],
  );
  return words.length === 0
    ? html`<p>No targets were named, so times are shown and not judged.</p>`
    : html`<p>Targets, at most: ${words.join('; ')}.</p>`;
}

function trailSection(trail: NonNullable<EvidenceReport['trail']>): Html {
  return html`<section aria-labelledby="trail"><h2 id="trail">What CloudTrail recorded</h2>
${
  trail.length === 0
    ? html`<p>Nothing about this vault.</p>`
    : table(
        'Events of CloudTrail',
        ['First at (UTC)', 'What', 'Request', 'By', 'On', { number: 'Times' }],
        trail.map(
          ({ at, what, request, by, on, refused, count }): Cells => [
            time(at),
            what,
            refused === null ? request : `${request} (refused: ${refused})`,
            html`<code>${by}</code>`,
            html`<code>${on}</code>`,
            { number: formatCount(count) },
          ],
        ),
      )
}
</section>`;
}

function dayOf(instant: string): string {
  return instant.slice(0, 10);
}

function time(instant: string) {
  return { time: timeOf(instant) };
}
