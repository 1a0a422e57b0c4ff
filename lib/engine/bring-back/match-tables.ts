import type { Manifest, TableData } from '../archive/manifest.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteShell } from '../ground/shell.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { likelyRenames, likelyTables, type NamedColumns } from './renamed.ts';
import { controlNames, type RowsTable } from './rows-table.ts';
import type { Unread } from './send-typed.ts';
import { type ForeignKey, readTargetCatalog, type TargetTable } from './target-table.ts';

/** What will be done to rows, as the person asked. */
export interface RowChanges {
  /** Rows that changed since the backup are written over. @default false */
  readonly overwrite?: boolean | undefined;
  /** Rows that came after the backup are deleted. @default false */
  readonly deleteAdded?: boolean | undefined;
}

export interface Matched {
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Sentences without full stops. */
  readonly notes?: readonly string[];
  /** Rows that are no candidates, because the database does not take a value of theirs; by the table's number. */
  readonly unread?: ReadonlyMap<number, Unread>;
}

type Named = { readonly schema: string; readonly name: string };

const nameOf = ({ schema, name }: Named) => `${schema}.${name}`;
const keyOf = ({ schema, name }: Named) => qualifiedName(schema, name);

/**
 * Finds for each of the backup's tables the table of the target that takes its rows. A partition's rows go
 * through the partitioned table if all of its partitions were asked for, because its partitions may be cut
 * otherwise by now. Throws if a table cannot take rows, with what to do about it. One that was not `named`, but
 * lies in a schema that was, or where foreign keys lead, is left out if it has no key or is gone.
 */
export async function matchTables(
  target: ServerTarget,
  manifest: Pick<Manifest, 'tables'>,
  wanted: readonly TableData[],
  changes: RowChanges,
  named: ReadonlySet<TableData> = new Set(wanted),
): Promise<Matched> {
  const groups = Map.groupBy(wanted, (table) => keyOf(rootIfWhole(table, manifest.tables, wanted)));
  const names = [...groups.values()].flatMap((parts) =>
    parts.flatMap((part) => [part, ...(part.partitionRoot ? [part.partitionRoot] : [])]),
  );
  const { tables: found, foreignKeys } = await readTargetCatalog(target, names);
  const byName = new Map(found.map((table) => [keyOf(table), table]));
  const matched: RowsTable[] = [];
  const notes: string[] = [];
  for (const [name, parts] of groups) {
    const [first] = parts;
    const table = byName.get(name) ?? byName.get(keyOf(parts[0]?.partitionRoot ?? { schema: '', name: '' }));
    try {
      if (!table && first)
        throw gone(calledOf(parts), await likelyTables(target, namedColumns(parts), manifest.tables));
      matched.push(rowsTable(matched.length + 1, parts, table, changes));
    } catch (error) {
      if (!isLeftOut(error) || parts.some((part) => named.has(part))) throw error;
      notes.push(`left out: ${error.what.replace(/\.$/, '')}`);
    }
  }
  return { tables: matched, foreignKeys, notes };
}

function isLeftOut(error: unknown): error is LifeboatError {
  return (
    error instanceof LifeboatError &&
    ['restore-rows-no-key', 'restore-rows-table-gone', 'restore-rows-left-out'].includes(error.code)
  );
}

/** Throws `restore-rows-left-out` if the backup holds no rows of one of these tables. */
export function refuseWithoutRows(tables: readonly TableData[]): void {
  const leftOut = tables.find(({ dataLeftOut }) => dataLeftOut !== undefined);
  if (leftOut) throw withoutRows(leftOut);
}

function rootIfWhole(table: TableData, all: readonly TableData[], wanted: readonly TableData[]): Named {
  const { partitionRoot: root } = table;
  if (!root) return table;
  const isPart = (one: TableData) =>
    one.partitionRoot !== undefined && keyOf(one.partitionRoot) === keyOf(root);
  return all.filter(isPart).every((one) => wanted.includes(one)) ? root : table;
}

function rowsTable(
  number: number,
  parts: readonly TableData[],
  target: TargetTable | undefined,
  changes: RowChanges,
): RowsTable {
  const [first] = parts;
  if (!first) throw new TypeError('a table without parts');
  if (!target) throw gone(calledOf(parts), []);
  const name = nameOf(target);
  refuseWithoutRows(parts);
  refuseReach(target, name, changes);
  const inBackup = new Set(parts.flatMap(({ columns }) => columns));
  const own = target.columns.filter(({ generated }) => !generated).map((column) => column.name);
  const columns = own.filter((column) => parts.every((part) => part.columns.includes(column)));
  const key = target.keys.find((one) => one.columns.every((column) => columns.includes(column.name)));
  const renames = likelyRenames(
    first.columns,
    target.columns.filter(({ generated }) => !generated).map((column) => column.name),
  );
  if (!key) throw withoutKey(name, target, renames);
  return {
    number,
    name,
    parts,
    target,
    columns,
    own,
    key: key.columns,
    control: controlNames(target.columns.map((column) => column.name)),
    notes: notesOf(target, [...inBackup], columns, own, key, renames),
  };
}

function notesOf(
  target: TargetTable,
  inBackup: readonly string[],
  columns: readonly string[],
  own: readonly string[],
  key: TargetTable['keys'][number],
  renames: ReadonlyMap<string, string>,
): string[] {
  const generated = new Set(target.columns.filter((one) => one.generated).map(({ name }) => name));
  const dropped = inBackup.filter((column) => !columns.includes(column) && !generated.has(column));
  const fresh = own.filter((column) => !columns.includes(column));
  const computed = inBackup.filter((column) => generated.has(column));
  const large = target.columns.filter(({ name, type }) => columns.includes(name) && isLargeObject(type));
  return [
    ...(key.primary
      ? []
      : [`rows are matched by the unique key ${key.columns.map(({ name }) => name).join(', ')}`]),
    ...(dropped.length > 0
      ? [
          `left out, because the table no longer has the column: ${dropped.map((column) => withNewName(column, renames)).join(', ')}`,
        ]
      : []),
    ...(computed.length > 0 ? [`left out, because the column is generated now: ${computed.join(', ')}`] : []),
    ...(fresh.length > 0
      ? [`the backup has no such column, so it keeps its value or gets its default: ${fresh.join(', ')}`]
      : []),
    ...(large.length > 0
      ? [
          `${large.map(({ name }) => name).join(', ')} may name large objects: these are not brought back, only the rows that name them`,
        ]
      : []),
  ];
}

function withNewName(column: string, renames: ReadonlyMap<string, string>): string {
  const now = renames.get(column);
  return now === undefined ? column : `${column} (it may be ${now} now: rename it back while rows come back)`;
}

function isLargeObject(type: string): boolean {
  return type === 'oid' || /(^|\.)lo$/.test(type);
}

function refuseReach(target: TargetTable, name: string, { overwrite, deleteAdded }: RowChanges): void {
  if (target.rowSecurity) {
    throw refused(
      'restore-rows-row-security',
      `Row-level security hides rows of ${name} from this role.`,
      'Rows that are there, but hidden, would look as if they were missing.',
      `Use a role that sees all rows: the owner of the table, if it does not force row security, or one with BYPASSRLS.`,
    );
  }
  const lacking = [
    ...(target.mayRead ? [] : ['SELECT']),
    ...(target.mayInsert ? [] : ['INSERT']),
    ...(target.mayUpdate || !overwrite ? [] : ['UPDATE']),
    // SELECT … FOR UPDATE needs it as well.
    ...(target.mayDelete && target.mayUpdate ? [] : deleteAdded ? ['DELETE', 'UPDATE'] : []),
  ];
  if (lacking.length === 0) return;
  const rights = [...new Set(lacking)].join(', ');
  throw refused(
    'restore-rows-not-permitted',
    `This role may not ${rights} on ${name}.`,
    'Nothing was changed.',
    `As the owner: GRANT ${rights} ON ${qualifiedName(target.schema, target.name)} TO <role>. Or use the owner's own role.`,
  );
}

function withoutKey(name: string, target: TargetTable, renames: ReadonlyMap<string, string>): LifeboatError {
  const some = target.keys.length > 0;
  const inKeys = new Set(target.keys.flatMap(({ columns }) => columns.map((column) => column.name)));
  const renamed = [...renames].find(([, now]) => inKeys.has(now));
  const beside = `Restore the table beside the existing one and compare by hand: lifeboat restore <backup> --table ${word(name)} --as ${word(`${name}_then`)} --into-source`;
  return refused(
    'restore-rows-no-key',
    some
      ? `The key of ${name} has columns that the backup does not have.`
      : `${name} has neither a primary key nor a unique key whose columns are all NOT NULL.`,
    'Without a key that both sides have, nobody can say which row of the backup is which row of the table.',
    renamed
      ? `${renamed[1]} was probably called ${renamed[0]} when the backup was taken. Rename it back while rows come back: ALTER TABLE ${qualifiedName(target.schema, target.name)} RENAME ${quoteIdentifier(renamed[1])} TO ${quoteIdentifier(renamed[0])}. Or: ${beside}`
      : beside,
  );
}

function gone(table: Named, likely: readonly string[]): LifeboatError {
  const [now, ...others] = likely;
  const whole = `lifeboat restore <backup> --table ${word(nameOf(table))} --into-source`;
  return refused(
    'restore-rows-table-gone',
    `The database has no table ${nameOf(table)}.`,
    '--rows brings rows back into tables that are there.',
    now === undefined
      ? `Restore the table itself: ${whole}`
      : `It may be ${[now, ...others].join(' or ')} now, which has the same columns: give it its former name while rows come back. Or restore the table itself: ${whole}`,
  );
}

function calledOf(parts: readonly TableData[]): Named {
  const [first] = parts;
  if (!first) throw new TypeError('a table without parts');
  return first.partitionRoot && parts.length > 1 ? first.partitionRoot : first;
}

function namedColumns(parts: readonly TableData[]): NamedColumns {
  const { schema, name } = calledOf(parts);
  const [first] = parts;
  return { schema, name, columns: [...(first?.columns ?? []), ...(first?.generatedColumns ?? [])] };
}

function withoutRows(table: TableData): LifeboatError {
  return refused(
    'restore-rows-left-out',
    `The rows of ${nameOf(table)} are not in this backup: ${table.dataLeftOut}.`,
    'Nothing was changed.',
    'Choose a backup that has them: `lifeboat show <backup>` lists what it holds.',
  );
}

function word(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : quoteShell(text);
}

function refused(code: string, what: string, meaning: string, remedy: string): LifeboatError {
  return new LifeboatError({ code, kind: 'target', what, meaning, remedy });
}
