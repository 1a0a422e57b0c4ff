import type { DrillReport } from '../../engine/archive/drill-report.ts';
import type { Manifest, TableData } from '../../engine/archive/manifest.ts';
import type { ScrubRecord } from '../../engine/archive/scrub-record.ts';
import { tableName } from '../../engine/verify/check-manifest.ts';
import type { BackupSummary } from '../json/backup-summary.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import {
  countOf,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatRatio,
  formatTime,
} from './units.ts';

export interface ShownBackup {
  readonly vault: string;
  readonly backup: BackupSummary;
  readonly manifest: Manifest;
  readonly proof: DrillReport | undefined;
  readonly scrub: ScrubRecord | undefined;
  readonly now: Date;
}

const SCOPES: Readonly<Record<Manifest['scope'], string | undefined>> = {
  full: undefined,
  partial: 'a part of the database: see what was left out',
  'schema-only': 'schema only: no rows',
};

export function showText({ vault, backup, manifest, proof, scrub, now }: ShownBackup, page: Page): string[] {
  const { bold } = page.paint;
  return [
    bold(backup.name),
    ...factLines(
      [
        ['vault', printable(vault)],
        ...originFacts(manifest, now),
        ['proven', proof ? proofText(proof) : 'not yet: run `lifeboat drill`'],
        ['read whole', scrub && scrubText(scrub)],
        ['made by', `lifeboat ${manifest.lifeboatVersion}, pg_dump ${manifest.pgDumpVersion}`],
      ],
      page,
    ),
    '',
    ...renderTable(tableColumns(page), manifest.tables, page),
    '',
    ...factLines(contentFacts(manifest), page),
    ...leftOut(manifest, page),
    ...placeholders(manifest, page),
  ];
}

function scrubText({ verdict, endedAt, opened, problems, moreProblems }: ScrubRecord): string {
  const looked = opened === false ? ', without looking inside' : '';
  const [first] = problems;
  const more = problems.length + moreProblems - 1;
  const found = first
    ? `: ${printable(`${first.name} ${first.problem}`)}${more > 0 ? `, and ${formatCount(more)} more` : ''}`
    : '';
  return `${formatTime(new Date(endedAt))} UTC${looked}: ${verdict}${found}`;
}

function originFacts(manifest: Manifest, now: Date): LabelledFact[] {
  const { server, snapshot, sealedAt, durationMs, reason, scope, tiers = [] } = manifest;
  const takenAt = new Date(snapshot.takenAt);
  const locale = server.locale ?? server.collate ?? 'unknown';
  return [
    ['snapshot', `${formatTime(takenAt)} UTC, ${formatAge(now.getTime() - takenAt.getTime())} ago`],
    ['sealed', `${formatTime(new Date(sealedAt))} UTC, after ${formatDuration(durationMs)}`],
    ['reason', reason && printable(reason)],
    ['scope', SCOPES[scope]],
    ...encryptionFacts(manifest),
    [
      'tiers',
      tiers.length > 0
        ? `a restore makes usable first: ${printable(tiers.map((names) => names.join(', ')).join('; then '))}`
        : undefined,
    ],
    [
      'source',
      `database ${printable(server.database)} on PostgreSQL ${printable(server.version)}${server.standby ? ', a standby' : ''}`,
    ],
    ['text', `${server.encoding}, sorted as ${printable(locale)} (${server.localeProvider})`],
    ['LSN', snapshot.lsn ?? undefined],
  ];
}

function encryptionFacts({ encryption }: Manifest): LabelledFact[] {
  if (!encryption) return [];
  return [
    ['encrypted', 'with age: only the secret key of one of these recipients opens it'],
    ...encryption.recipients.map((one): LabelledFact => ['recipient', printable(one)]),
  ];
}

function proofText({ verdict, finishedAt, recoveryTimeMs, target }: DrillReport): string {
  const when = formatTime(new Date(finishedAt));
  return `${verdict}, drill of ${when} UTC into PostgreSQL ${printable(target.serverVersion)} (${target.kind}); recovery time ${formatDuration(recoveryTimeMs)}`;
}

function contentFacts({
  totals,
  tables,
  sequences,
  largeObjects,
  extensions,
  roles,
}: Manifest): LabelledFact[] {
  return [
    [
      'rows',
      `${formatCount(totals.rows)} in ${countOf(tables.length, 'table')}: ${formatBytes(totals.rawBytes)}, stored in ${formatBytes(totals.storedBytes)} (${formatRatio(totals.rawBytes, totals.storedBytes)})`,
    ],
    ['sequences', sequences.length > 0 ? formatCount(sequences.length) : undefined],
    [
      'large objects',
      largeObjects.count > 0
        ? `${formatCount(largeObjects.count)}, ${formatBytes(largeObjects.rawBytes)}, digest ${largeObjects.digest}`
        : undefined,
    ],
    ['extensions', extensions.map(({ name, version }) => printable(`${name} ${version}`)).join(', ')],
    ['roles', roles.map(printable).join(', ')],
  ];
}

function tableColumns({ paint }: Page): ReadonlyArray<Column<TableData>> {
  return [
    { title: 'TABLE', cell: (table) => printable(tableName(table)), mayCut: true },
    {
      title: 'ROWS',
      align: 'right',
      cell: ({ rows, dataLeftOut }) => (dataLeftOut ? '-' : formatCount(rows)),
    },
    {
      title: 'RAW',
      align: 'right',
      cell: ({ rawBytes, dataLeftOut }) => (dataLeftOut ? '-' : formatBytes(rawBytes)),
    },
    {
      title: 'DIGEST',
      cell: ({ digest, dataLeftOut }) => (dataLeftOut ? 'left out' : digest),
      paint: (text, { dataLeftOut }) => (dataLeftOut ? paint.yellow(text) : text),
    },
  ];
}

function leftOut({ leftOut, tables }: Manifest, page: Page): string[] {
  const facts: LabelledFact[] = [
    ...leftOut.map(
      ({ name, what, reason }): LabelledFact => [printable(name), printable(`${what}: ${reason}`)],
    ),
    ...tables.flatMap(({ schema, name, dataLeftOut }): LabelledFact[] =>
      dataLeftOut === undefined || leftOut.some((entry) => entry.name === tableName({ schema, name }))
        ? []
        : [[printable(tableName({ schema, name })), printable(`rows: ${dataLeftOut}`)]],
    ),
  ];
  return facts.length === 0 ? [] : ['', page.paint.bold('Left out'), ...factLines(facts, page)];
}

function placeholders({ placeholders }: Manifest, page: Page): string[] {
  if (placeholders.length === 0) return [];
  return [
    '',
    page.paint.bold('Passwords to put back after a restore'),
    ...factLines(
      placeholders.map(({ name, placeholder }): LabelledFact => [printable(name), printable(placeholder)]),
      page,
    ),
  ];
}
