import type { ExportedFile, ExportRecord } from '../../engine/export/export-record.ts';
import { factLines } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { renderTable } from './table.ts';
import { countOf, formatBytes, formatCount } from './units.ts';

/** What was exported, from where, and what people must know about it. `to` is undefined on stdout. */
export function exportText(record: ExportRecord, to: string | undefined, page: Page): string[] {
  const { files, from, kind, takenAt, lsn, expiresAt, notes } = record;
  const { bold, green, yellow } = page.paint;
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const all = [...notes, ...files.flatMap((file) => file.notes.map((note) => `${file.name}: ${note}`))];
  return [
    `${bold(printable(to ?? 'stdout'))}: ${green('exported')} ${countOf(rows, 'row')}, ${formatBytes(bytes)} in ${countOf(files.length, 'file')}.`,
    ...factLines(
      [
        ['from', `${FROM[kind]} ${printable(from)}`],
        ['shows', `${takenAt}${kind === 'moment' && lsn !== undefined ? `, exactly LSN ${lsn}` : ''}`],
        ['expires', expiresAt],
      ],
      page,
    ),
    ...(to === undefined
      ? []
      : [
          '',
          ...renderTable<ExportedFile>(
            [
              { title: 'file', cell: (file) => printable(file.file) },
              { title: 'rows', align: 'right', cell: (file) => formatCount(file.rows) },
              { title: 'size', align: 'right', cell: (file) => formatBytes(file.sizeBytes) },
              { title: 'SHA-256', cell: (file) => file.sha256.slice(0, 12), dropOrder: 1 },
            ],
            files,
            page,
          ),
          '',
        ]),
    ...all.map((note) => `${yellow('note:')} ${printable(note)}.`),
    ...(to === undefined ? [] : [warningOf(to, expiresAt)]),
  ];
}

const FROM = { backup: 'the backup', moment: 'a moment after', source: 'the source' } as const;

function warningOf(to: string, expiresAt: string | undefined): string {
  const until =
    expiresAt === undefined
      ? 'Delete it when it is not needed any more.'
      : /^s3:/.test(to)
        ? `Its record says ${expiresAt.slice(0, 10)}; a lifecycle rule of the bucket must delete it then.`
        : `Its record says ${expiresAt.slice(0, 10)}; nothing deletes it by itself.`;
  return `It may hold personal data, and no policy of the database guards it there: whoever reads ${printable(to)} reads all of it. ${until}`;
}
