import type { TableData } from '../archive/manifest.ts';
import type { SourceTable } from '../catalog/tables.ts';
import { qualifiedName } from '../ground/sql.ts';
import { describeExamples } from './describe-examples.ts';
import type { TableDiff } from './diff-report.ts';
import { type CompareRowsOptions, diffRows } from './diff-rows.ts';
import { keyOf } from './source-snapshot.ts';
import type { GoneTable, Matched, TablePair } from './table-pair.ts';

type Named = Pick<TableData, 'schema' | 'name'>;

const NO_EXAMPLES = { deleted: [], added: [], changed: [] };
const WHY_UNREADABLE = {
  privilege: 'the role may not read it in the source',
  'row-security': 'row-level security hides rows of it from the role',
};

/** Compares table by table, by name, in the order of the backup; new tables of the source come last. */
export async function diffTables(
  { pairs, gone, added }: Matched,
  options: CompareRowsOptions,
  onTable: () => void,
): Promise<TableDiff[]> {
  const diffs: TableDiff[] = [];
  const work: ReadonlyArray<() => Promise<TableDiff> | TableDiff> = [
    ...pairs.map((pair) => () => comparePair(pair, options)),
    ...gone.map((table) => () => goneTable(table)),
    ...added.map((table) => () => newTable(table, options)),
  ];
  for (const compare of work) {
    options.signal.throwIfAborted();
    diffs.push(await compare());
    onTable();
  }
  return diffs;
}

async function comparePair(pair: TablePair, options: CompareRowsOptions): Promise<TableDiff> {
  const { backup, key } = pair;
  const why = options.archived.whyUnknown(backup) ?? whyUnreadable(backup, options);
  if (why !== undefined) return unknown(backup, why);
  const { deleted, added, changed, sourceRows, examples } = await diffRows(pair, options);
  const encoding = options.archived.encodingOf(backup);
  const described = await Promise.all(
    [examples.deleted, examples.added, examples.changed].map((rows) =>
      describeExamples(rows, pair, encoding),
    ),
  );
  const [deletedRows = [], addedRows = [], changedRows = []] = described;
  return {
    name: nameOf(backup),
    state:
      deleted + added + changed === 0 && pair.changes.length + pair.notes.length === 0 ? 'same' : 'differs',
    notes: [...pair.changes, ...pair.notes],
    comparedBy: key ? 'primary key' : 'whole row',
    backupRows: backup.rows,
    sourceRows,
    deleted,
    added,
    changed: key ? changed : null,
    examples: { deleted: deletedRows, added: addedRows, changed: changedRows },
  };
}

function goneTable(table: GoneTable): TableDiff {
  return {
    name: nameOf(table),
    state: 'gone',
    notes: [
      table.now === undefined ? 'the source has no such table' : `the source has a ${table.now} of that name`,
    ],
    comparedBy: null,
    backupRows: table.rows,
    sourceRows: null,
    deleted: table.dataLeftOut === undefined ? table.rows : null,
    added: null,
    changed: null,
    examples: NO_EXAMPLES,
  };
}

async function newTable(table: SourceTable, options: CompareRowsOptions): Promise<TableDiff> {
  const why = whyUnreadable(table, options);
  const rows = why === undefined ? await countRows(table, options) : null;
  return {
    name: nameOf(table),
    state: 'new',
    notes: ['the backup has no such table', ...(why === undefined ? [] : [why])],
    comparedBy: null,
    backupRows: 0,
    sourceRows: rows,
    deleted: null,
    added: rows,
    changed: null,
    examples: NO_EXAMPLES,
  };
}

function unknown(table: TableData, reason: string): TableDiff {
  return {
    name: nameOf(table),
    state: 'unknown',
    notes: [reason],
    comparedBy: null,
    backupRows: table.rows,
    sourceRows: null,
    deleted: null,
    added: null,
    changed: null,
    examples: NO_EXAMPLES,
  };
}

function whyUnreadable(table: Named, { snapshot }: CompareRowsOptions): string | undefined {
  const why = snapshot.unreadable.get(keyOf(table));
  return why && WHY_UNREADABLE[why];
}

async function countRows({ schema, name }: Named, { snapshot }: CompareRowsOptions): Promise<number> {
  const [row] = await snapshot.query(
    `SELECT pg_catalog.count(*)::text AS rows FROM ONLY ${qualifiedName(schema, name)}`,
  );
  return Number(row?.rows);
}

function nameOf({ schema, name }: Named): string {
  return `${schema}.${name}`;
}
