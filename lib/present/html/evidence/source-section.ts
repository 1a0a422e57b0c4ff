import type { SignatureVerdict } from '../../../engine/attest/check-record.ts';
import { shortKey } from '../../../engine/attest/check-record.ts';
import type { BackupTaken, DrillHeld, SourceEvidence } from '../../../engine/evidence/evidence-report.ts';
import { formatBytes, formatCount, formatDuration } from '../../terminal/units.ts';
import { type Html, html } from '../html.ts';
import { type Cells, table, timeOf } from './tables.ts';

/** All that is known about one source, in tables. */
export function sourceSection(source: SourceEvidence, index: number): Html {
  const { name, backups, drills, restores, scrubs, changes } = source;
  return html`<section aria-labelledby="source-${index}"><h2 id="source-${index}">Source ${name}</h2>
<h3>Backups</h3>
${backups.length === 0 ? html`<p>None in this period.</p>` : backupsTable(name, backups)}
<h3>Drills</h3>
${drills.length === 0 ? html`<p>None in this period.</p>` : drillsTable(name, drills)}
${findings(name, drills)}
<h3>Restores</h3>
${
  restores.length === 0
    ? html`<p>None is on record in this period.</p>`
    : table(
        `Restores of ${name}`,
        ['Ended (UTC)', 'Backup', 'Into', 'By', 'How', 'Recovery', 'Signature'],
        restores.map(
          (one): Cells => [
            { time: timeOf(one.finishedAt) },
            one.name,
            `${one.target.database}${one.target.serverVersion === '' ? '' : ` (PostgreSQL ${one.target.serverVersion})`}, ${one.scope}`,
            `${one.by}, in ${one.from}`,
            one.code === null ? one.outcome : `${one.outcome} (${one.code})`,
            one.recoveryTimeMs === null ? '–' : formatDuration(one.recoveryTimeMs),
            SIGNATURES[one.signature],
          ],
        ),
      )
}
${
  scrubs.length === 0
    ? undefined
    : html`<h3>Backups read again</h3>${table(
        `Backups of ${name} that were read again`,
        ['Read (UTC)', 'Backup', 'Found', { number: 'Problems' }],
        scrubs.map(
          (one): Cells => [
            { time: timeOf(one.endedAt) },
            one.name,
            one.verdict,
            { number: formatCount(one.problems) },
          ],
        ),
      )}`
}
<h3>Holds and removals</h3>
${
  changes.length === 0
    ? html`<p>None is on record in this period.</p>`
    : table(
        `Holds and removals of ${name}`,
        ['Time (UTC)', 'What', 'Backup', 'By', 'Why'],
        changes.map((one): Cells => [{ time: timeOf(one.at) }, one.what, one.name, one.by, one.reason]),
      )
}
</section>`;
}

function backupsTable(name: string, backups: readonly BackupTaken[]): Html {
  return table(
    `Backups of ${name}`,
    [
      'Rows show (UTC)',
      'Backup',
      'Took',
      { number: 'Tables' },
      { number: 'Rows' },
      { number: 'Stored' },
      'Protected',
    ],
    backups.map(
      (one): Cells => [
        { time: timeOf(one.snapshotAt) },
        one.scope === 'full' ? one.name : `${one.name} (${one.scope})`,
        formatDuration(one.durationMs),
        { number: formatCount(one.tables) },
        { number: formatCount(one.rows) },
        { number: formatBytes(one.storedBytes) },
        protection(one),
      ],
    ),
  );
}

function protection({ encrypted, lock, origin }: BackupTaken): string {
  return [
    encrypted ? 'encrypted to recipients' : 'storage’s own encryption',
    ...(lock === null ? [] : [`locked ${lock.days} days (${lock.mode})`]),
    ...(origin === 'backup' ? ['no record'] : []),
  ].join('; ');
}

function drillsTable(name: string, drills: readonly DrillHeld[]): Html {
  return table(
    `Drills of ${name}`,
    ['Ended (UTC)', 'Backup', 'Verdict', 'Compared', 'Recovery', 'Into', 'Signature'],
    drills.map(
      (one): Cells => [
        { time: timeOf(one.finishedAt) },
        one.name,
        one.verdict === 'failed' ? html`<span class="wrong">failed</span>` : one.verdict,
        `${formatCount(one.matched)} equal, ${formatCount(one.differing)} differ, ${formatCount(one.skipped)} skipped; ${formatCount(one.rows)} rows in ${formatCount(one.tables)} tables`,
        formatDuration(one.recoveryTimeMs),
        `PostgreSQL ${one.target.serverVersion} (${one.target.kind})`,
        one.keyId === null
          ? SIGNATURES[one.signature]
          : html`${SIGNATURES[one.signature]} by <code>${shortKey(one.keyId)}</code>`,
      ],
    ),
  );
}

function findings(name: string, drills: readonly DrillHeld[]): Html | undefined {
  const found = drills.flatMap((drill) =>
    drill.findings.map(
      (one): Cells => [
        { time: timeOf(drill.finishedAt) },
        `${one.kind} ${one.name}`,
        one.verdict === 'differs' ? html`<span class="wrong">differs</span>` : one.verdict,
        one.reason,
      ],
    ),
  );
  if (found.length === 0) return undefined;
  const more = drills.reduce((sum, { moreFindings }) => sum + moreFindings, 0);
  return html`${table(`What drills of ${name} did not find equal`, ['Drill (UTC)', 'What', 'Verdict', 'Why'], found, 'What drills did not find equal')}
${more === 0 ? undefined : html`<p>And ${formatCount(more)} more, which the proofs name.</p>`}`;
}

const SIGNATURES: Readonly<Record<SignatureVerdict, string>> = {
  signed: 'signed',
  unsigned: 'none',
  unchecked: 'not checked',
  'other-key': 'by a key that was not named',
  altered: 'ALTERED',
  unreadable: 'UNREADABLE',
};
