import type { TableDiff } from '../../engine/diff/diff-report.ts';
import { quoteShell } from '../../engine/ground/shell.ts';
import { countOf } from './units.ts';

export interface WayBackOptions {
  /** Whether the source was given as an option. Its URL may hold a password, so it is not repeated. */
  readonly named: boolean;
  /** The moment that was compared. Its rows can be brought beside the existing tables, not into them. */
  readonly lsn?: string | undefined;
}

/**
 * The commands that mend what a comparison shows: one for tables that are gone, one for the rows of all tables
 * that have a key, and one each for tables without a key, which go beside the existing ones. Rows that were
 * added are kept, for most of them are what people did since.
 */
export function wayBack(
  name: string,
  tables: readonly TableDiff[],
  { named, lsn }: WayBackOptions,
): string[] {
  const backup = lsn === undefined ? name : `${name} --to-lsn ${lsn}`;
  const where = named ? '--target <url>' : '--into-source';
  const gone = tables.filter(({ state, deleted }) => state === 'gone' && deleted !== null);
  const differing = tables.filter(({ state }) => state === 'differs');
  const keyed = differing.filter(({ comparedBy }) => comparedBy === 'primary key' && lsn === undefined);
  const damaged = keyed.filter(({ deleted, changed }) => (deleted ?? 0) + (changed ?? 0) > 0);
  const grown = keyed.filter(({ added }) => (added ?? 0) > 0);
  const loose = differing.filter(
    ({ comparedBy, deleted, changed }) =>
      (comparedBy === 'whole row' || lsn !== undefined) && (deleted ?? 0) + (changed ?? 0) > 0,
  );
  const overwrite = damaged.some(({ changed }) => (changed ?? 0) > 0) ? ['--overwrite'] : [];
  return [
    ...(gone.length > 0
      ? command(
          `To get back ${countOf(gone.length, 'table')} that ${gone.length === 1 ? 'is' : 'are'} gone:`,
          backup,
          [tableOptions(gone), named ? '--into-source --target <url>' : where],
        )
      : []),
    ...(damaged.length > 0
      ? command('To get back the rows that were deleted or changed:', backup, [
          `--rows ${tableOptions(damaged)}`,
          [...overwrite, where].join(' '),
        ])
      : []),
    ...(grown.length > 0
      ? damaged.length > 0
        ? ['', `  Rows that were added stay. With --delete-added, those of the tables named go.`]
        : command('Rows were only added. To delete them:', backup, [
            `--rows ${tableOptions(grown)}`,
            `--delete-added ${where}`,
          ])
      : []),
    ...loose.flatMap(({ name }) =>
      command(
        lsn === undefined
          ? `To get ${word(name)}, which has no primary key that both sides share, beside the existing table:`
          : `To get ${word(name)} as it was then, beside the existing table:`,
        backup,
        [
          `--table ${word(name)} --as ${word(`${name}_restored`)}`,
          named ? '--into-source --target <url>' : where,
        ],
      ),
    ),
  ];
}

/** Lines to copy, never wrapped. */
function command(title: string, backup: string, parts: readonly string[]): string[] {
  const lines = [`lifeboat restore ${backup}`, ...parts];
  return [
    '',
    `  ${title}`,
    ...lines.map((line, at) => `  ${at === 0 ? '' : '  '}${line}${at < lines.length - 1 ? ' \\' : ''}`),
  ];
}

function tableOptions(tables: readonly TableDiff[]): string {
  return tables.map(({ name }) => `--table ${word(name)}`).join(' ');
}

/** Quotes a name for a shell, if it needs quotes. */
function word(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : quoteShell(text);
}
