import type { TableData } from '../archive/manifest.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { KeyColumn, TargetTable } from './target-table.ts';

/** A table whose rows are brought back: what the backup has of it, and where they go. */
export interface RowsTable {
  readonly number: number;
  /** `public.orders` */
  readonly name: string;
  /** The backup's tables whose rows these are: of a partitioned table all its partitions. */
  readonly parts: readonly TableData[];
  readonly target: TargetTable;
  /** The columns that both sides have. */
  readonly columns: readonly string[];
  /** All columns of the target that can be written: what is kept of a row before it changes. */
  readonly own: readonly string[];
  readonly key: readonly KeyColumn[];
  /** Names that no column of the table has. */
  readonly control: ControlNames;
  readonly notes: readonly string[];
  /** How many rows of the backup were chosen, and how many more those refer to; absent if all were. */
  readonly chosen?: { readonly chosen: number; readonly support: number };
  /** The numbers of the rows that a batch is about. @default all */
  readonly slice?: { readonly candidates: Numbers; readonly newer: Numbers };
}

/** Both ends are included. */
interface Numbers {
  readonly from: number;
  readonly to: number;
}

export interface ControlNames {
  /** The number of a row in its table of candidates. */
  readonly row: string;
  /** `missing`, `changed` or `added`. */
  readonly kind: string;
  /** Whether a conflict keeps the row out. */
  readonly skip: string;
  /** Whether the row is only brought back if another one needs it. */
  readonly support: string;
  /** The digest of a row after the change. */
  readonly after: string;
}

export function controlNames(columns: readonly string[]): ControlNames {
  const taken = new Set(columns);
  let prefix = 'lifeboat_';
  const names = () => ['row', 'kind', 'skip', 'support', 'after'].map((name) => `${prefix}${name}`);
  while (names().some((name) => taken.has(name))) prefix = `_${prefix}`;
  return {
    row: `${prefix}row`,
    kind: `${prefix}kind`,
    skip: `${prefix}skip`,
    support: `${prefix}support`,
    after: `${prefix}after`,
  };
}

/** `ONLY "public"."orders"`: a table without those that inherit from it, or a partitioned table whole. */
export function place({ target }: Pick<RowsTable, 'target'>): string {
  return relationOf(target);
}

export function relationOf({
  schema,
  name,
  kind,
  seenAs,
}: {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly seenAs?: string;
}): string {
  return seenAs ?? `${kind === 'p' ? '' : 'ONLY '}${qualifiedName(schema, name)}`;
}

/** The temporary table of the rows that the backup has and that may have to be written. */
export function candidates({ number }: Pick<RowsTable, 'number'>): string {
  return `pg_temp.${quoteIdentifier(`lifeboat_rows_${number}`)}`;
}

/** The temporary table of the keys of rows that only the target has. */
export function newer({ number }: Pick<RowsTable, 'number'>): string {
  return `pg_temp.${quoteIdentifier(`lifeboat_newer_${number}`)}`;
}

/** The temporary table of the rows that a transaction changes, as they were before it. */
export function work({ number }: Pick<RowsTable, 'number'>): string {
  return `pg_temp.${quoteIdentifier(`lifeboat_work_${number}`)}`;
}

/** Whether a row of a temporary table belongs to the batch. */
export function inSlice({ slice, control }: RowsTable, of: 'candidates' | 'newer', alias: string): string {
  const numbers = slice?.[of];
  if (!numbers) return 'true';
  return `${alias}.${quoteIdentifier(control.row)} BETWEEN ${numbers.from} AND ${numbers.to}`;
}

/** `a."id" OPERATOR(pg_catalog.=) b."id" AND …` */
export function sameKey({ key }: Pick<RowsTable, 'key'>, a: string, b: string): string {
  return key
    .map(({ name, equals }) => `${a}.${quoteIdentifier(name)} ${equals} ${b}.${quoteIdentifier(name)}`)
    .join(' AND ');
}

export function listOf(columns: readonly string[], alias?: string): string {
  return columns
    .map((name) => (alias === undefined ? quoteIdentifier(name) : `${alias}.${quoteIdentifier(name)}`))
    .join(', ');
}

/** A row as the text that PostgreSQL prints of it: it can be compared whatever the types of its columns are. */
export function rowText(columns: readonly string[], alias: string): string {
  return `ROW(${listOf(columns, alias)})::text`;
}
