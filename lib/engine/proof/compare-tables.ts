import type { ReportItem } from '../archive/drill-report.ts';
import type { TableData } from '../archive/manifest.ts';
import { type ContentDigest, sumDigests } from '../copy-text/row-digest.ts';
import { qualifiedName } from '../ground/sql.ts';
import { digestTable, type RestoredTable } from '../rows/digest-table.ts';
import type { RowsOutcome } from '../rows/load-rows.ts';
import type { Target } from '../target/target.ts';
import type { PrintColumn } from './printed-as-archived.ts';

export interface CompareTablesOptions {
  /** How the archived server printed each column (printed-as-archived.ts); asked once for all tables. */
  readonly print: PrintColumn;
  readonly events?: ComparisonEvents;
  /** The digests of tables that were read back already, in parts. */
  readonly digests?: ReadonlyMap<TableData, ContentDigest>;
}

/** Reads every restored table, and compares its row count and digest with those read from the source. */
export async function compareTables(
  target: Target,
  outcomes: ReadonlyMap<TableData, RowsOutcome>,
  { print, events = UNHEARD, digests = new Map() }: CompareTablesOptions,
): Promise<ReportItem[]> {
  const items: ReportItem[] = [];
  const rerouted = rootsThatWereUsed(outcomes);
  for (const [table, outcome] of outcomes) {
    const root = table.partitionRoot && rootKey(table.partitionRoot);
    const digest = digests.get(table);
    if (!digest) events.begins(table);
    if (root === undefined || !rerouted.has(root)) {
      const onBytes = (bytes: number) => events.reaches(table, bytes);
      const read = (relation: RestoredTable) =>
        digest ?? digestTable(target, relation, { onBytes, print: printOf(relation, print) });
      items.push(await compareTable(table, outcome, read));
    }
    events.ends(table);
  }
  for (const root of rerouted) items.push(...(await compareTree(target, root, outcomes, print)));
  return items;
}

/** Told of the tables that are compared, one after the other. */
export interface ComparisonEvents {
  begins(table: TableData): void;
  /** `bytes`: COPY text that was read back until now. */
  reaches(table: TableData, bytes: number): void;
  ends(table: TableData): void;
}

const UNHEARD: ComparisonEvents = { begins: () => {}, reaches: () => {}, ends: () => {} };

/** How the archived server printed the columns of one table. */
export function printOf(
  { schema, name }: Pick<RestoredTable, 'schema' | 'name'>,
  print: PrintColumn,
): (column: string) => string {
  return (column) => print(schema, name, column);
}

async function compareTable(
  table: TableData,
  outcome: RowsOutcome,
  read: (relation: RestoredTable) => ContentDigest | Promise<ContentDigest>,
): Promise<ReportItem> {
  const item = { kind: 'table' as const, name: nameOf(table), rows: table.rows, digest: table.digest };
  if (outcome.state === 'skipped') return { ...item, verdict: 'skipped', reason: outcome.reason };
  if (outcome.state === 'failed') return { ...item, verdict: 'differs', reason: outcome.reason };
  if (outcome.state === 'through-root') throw new TypeError('a tree is compared as a whole');
  const { at, expected, elsewhere, isRefused } = outcome;
  const relation =
    elsewhere === undefined ? table : { schema: at.schema, name: at.table, columns: at.columns };
  const found = await read(relation);
  const difference = differenceOf(expected, found);
  if (difference !== undefined) return { ...item, verdict: 'differs', reason: difference };
  return elsewhere === undefined
    ? { ...item, verdict: 'match' }
    : {
        ...item,
        verdict: isRefused ? 'differs' : 'skipped',
        reason: `${elsewhere}; its rows are proven in a table without rules`,
      };
}

/**
 * Compares a partition tree whose rows were loaded through its root, because the target routes some of them
 * to another partition (a hash of an enum's OID, a range of text in another collation). The tree is compared
 * as one table, and reported under each partition's name.
 */
async function compareTree(
  target: Target,
  root: string,
  outcomes: ReadonlyMap<TableData, RowsOutcome>,
  print: PrintColumn,
): Promise<ReportItem[]> {
  const leaves = [...outcomes].filter(
    ([{ partitionRoot }]) => partitionRoot && rootKey(partitionRoot) === root,
  );
  const expected: ContentDigest[] = [];
  for (const [, outcome] of leaves) if ('expected' in outcome) expected.push(outcome.expected);
  const [first] = leaves;
  const columns = first?.[0].columns ?? [];
  // A partition has its root's columns, of the same types.
  const printed = first && columns.map((column) => print(first[0].schema, first[0].name, column));
  const alike = leaves.every(([{ columns: own }]) => own.join('\0') === columns.join('\0'));
  const complete = expected.length === leaves.length;
  const found =
    alike && complete ? await target.copyOut(`SELECT ${printed?.join(', ')} FROM ${root}`) : undefined;
  const difference = found && differenceOf(sumDigests(expected), found);
  return leaves.map(([table, outcome]): ReportItem => {
    const item = { kind: 'table' as const, name: nameOf(table), rows: table.rows, digest: table.digest };
    if (outcome.state === 'failed') return { ...item, verdict: 'differs', reason: outcome.reason };
    if (outcome.state === 'skipped') return { ...item, verdict: 'skipped', reason: outcome.reason };
    if (found === undefined) {
      const reason =
        'its tree was loaded through the root, and its partitions cannot be compared as one table';
      return { ...item, verdict: 'skipped', reason };
    }
    return difference
      ? { ...item, verdict: 'differs', reason: `in the whole tree of ${root}: ${difference}` }
      : { ...item, verdict: 'match' };
  });
}

function differenceOf(expected: ContentDigest, found: ContentDigest): string | undefined {
  if (found.rows !== expected.rows) return `${found.rows} rows were restored, ${expected.rows} were read`;
  if (found.digest !== expected.digest)
    return 'the restored rows differ from those that were read: the digest differs';
  return undefined;
}

function rootsThatWereUsed(outcomes: ReadonlyMap<TableData, RowsOutcome>): Set<string> {
  return new Set(
    [...outcomes].flatMap(([{ partitionRoot }, { state }]) =>
      partitionRoot && state === 'through-root' ? [rootKey(partitionRoot)] : [],
    ),
  );
}

function rootKey({ schema, name }: { schema: string; name: string }): string {
  return qualifiedName(schema, name);
}

function nameOf({ schema, name }: TableData): string {
  return `${schema}.${name}`;
}
