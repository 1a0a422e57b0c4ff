import { requireIdentity } from '../archive/codec/open-encrypted.ts';
import { parseManifestKey } from '../archive/keys.ts';
import { isSameDatabase } from '../catalog/same-database.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import type { BringBackRequest } from './bring-back.ts';
import type { RowsResult } from './bring-back-report.ts';
import { bare, control, finishWork, ROW_KINDS } from './classify.ts';
import type { FoundConflict } from './conflicts.ts';
import {
  candidates,
  controlNames,
  listOf,
  place,
  type RowsTable,
  rowText,
  sameKey,
  work,
} from './rows-table.ts';
import { withRowsTarget } from './rows-target.ts';
import { inOrder, runChanges } from './run-changes.ts';
import { type CopiedTable, readCopiedRows, readSafetyCopy } from './safety-copy.ts';
import { sendTyped, type Unread } from './send-typed.ts';
import { readTargetCatalog, type TargetTable } from './target-table.ts';

export interface UndoRequest
  extends Pick<
    BringBackRequest,
    | 'skipConflicts'
    | 'firesTriggers'
    | 'allowsAltered'
    | 'despiteReadOnly'
    | 'safetyCopyKept'
    | 'safetyRecipients'
    | 'limit'
    | 'dryRun'
    | 'trial'
    | 'confirm'
    | 'signal'
  > {
  readonly store: ObjectStore;
  /** `manual/shop-before-restore/20261120T020000Z-abc123`. */
  readonly safetyCopy: string;
  readonly settings: ConnectionSettings;
  readonly observer?: Observer;
}

const EXAMPLES = 10;

/**
 * Puts back what a run changed: inserted rows are deleted, overwritten ones get their former values, deleted
 * ones are inserted. A row that somebody changed since is a conflict. It takes a safety copy of its own, so
 * that an undo can be undone, and it can be repeated: rows that are as they were before need nothing.
 */
export async function undo(request: UndoRequest): Promise<RowsResult> {
  const { store, safetyCopy } = request;
  const since = performance.now();
  const signal = request.signal ?? new AbortController().signal;
  const copyPlace = parseManifestKey(`${safetyCopy}/manifest.json`);
  if (!copyPlace) throw notACopy(safetyCopy);
  const copy = await readSafetyCopy(store, copyPlace, signal);
  if (copy.recipients) await requireIdentity(store.identities, copy.recipients, safetyCopy);
  return await withRowsTarget({ ...request, signal, encoding: copy.encoding }, async (target) => {
    if (!isSameDatabase(copy, target.facts)) throw ofAnotherDatabase(safetyCopy, target.session.display);
    const { tables: found, foreignKeys } = await readTargetCatalog(target.session, copy.tables);
    const tables = copy.tables.map((copied, at) => undoneTable(at + 1, copied, found));
    const unread = new Map<number, Unread>();
    for (const [at, table] of tables.entries()) {
      const copied = copy.tables[at];
      if (!copied) continue;
      const rows = () => readCopiedRows(store, copied, signal);
      unread.set(table.number, await loadCopy(target.session, table, rows));
    }
    return await runChanges({
      ...request,
      target,
      signal,
      since,
      ...inOrder({ tables, foreignKeys, unread }),
      kinds: ROW_KINDS,
      of: {
        name: safetyCopy,
        takenAt: copy.takenAt,
        server: {
          database: copy.database,
          systemIdentifier: copy.systemIdentifier,
          databaseOid: copy.databaseOid,
        },
      },
      ...(copy.recipients ? { recipients: copy.recipients } : {}),
      classify: (table) => classifyUndo(target.session, table),
      knowsAdded: true,
      hasSupport: false,
      limit: request.limit ?? EXAMPLES,
    });
  });
}

/** Rows that a run inserted elsewhere may be here for another reason, and an undo would delete them. */
function ofAnotherDatabase(safetyCopy: string, display: string): LifeboatError {
  return new LifeboatError({
    code: 'undo-other-database',
    kind: 'target',
    what: `${safetyCopy} was made in another database than ${display}.`,
    meaning:
      'An undo deletes the rows that its run inserted, and here they may have been before. Nothing was changed.',
    remedy:
      'Give the database in which the rows were brought back. To change rows here, use `lifeboat restore --rows` with a backup.',
  });
}

function undoneTable(number: number, copied: CopiedTable, found: readonly TargetTable[]): RowsTable {
  const name = `${copied.schema}.${copied.name}`;
  const target = found.find((one) => one.schema === copied.schema && one.name === copied.name);
  const columns = new Set(target?.columns.filter(({ generated }) => !generated).map((column) => column.name));
  const lost = copied.columns.filter((column) => !columns.has(column));
  const key = target?.keys.find(
    (one) =>
      one.columns.length === copied.key.length &&
      one.columns.every((column) => copied.key.includes(column.name)),
  );
  if (target && lost.length === 0 && key && !target.rowSecurity) {
    const own = [...copied.columns];
    return {
      number,
      name,
      parts: [],
      target,
      columns: own,
      own,
      key: key.columns,
      control: controlNames([...columns]),
      notes: [],
    };
  }
  const problem = !target
    ? 'is no longer there'
    : lost.length > 0
      ? `no longer has ${lost.join(', ')}`
      : key
        ? 'hides rows from this role by row-level security'
        : `no longer has the key ${copied.key.join(', ')}`;
  throw new LifeboatError({
    code: 'undo-table-changed',
    kind: 'target',
    what: `${name} ${problem}, so its rows cannot be put back.`,
    meaning: 'Nothing was changed.',
    remedy: 'Give the table the shape that it had when the rows were brought back, and start again.',
  });
}

async function loadCopy(
  session: ServerTarget,
  table: RowsTable,
  rows: () => AsyncIterable<Uint8Array>,
): Promise<Unread> {
  const { row, kind, support, after } = control(table);
  const name = candidates(table);
  await session.execute(`DROP TABLE IF EXISTS ${name}`);
  await session.execute(
    `CREATE TEMPORARY TABLE ${name.slice('pg_temp.'.length)} AS
     SELECT NULL::text AS ${kind}, NULL::text AS ${after}, ${listOf(table.own)} FROM ${place(table)} WITH NO DATA`,
  );
  await session.execute(
    `ALTER TABLE ${name} ADD ${row} bigint GENERATED ALWAYS AS IDENTITY, ADD ${support} boolean NOT NULL DEFAULT false`,
  );
  const columns = [table.control.kind, table.control.after, ...table.own];
  const unread = await sendTyped(session, table, columns, rows);
  await session.execute(`ANALYZE ${name}`);
  return unread;
}

/** Locks the rows, notes what is to be done with each, and returns those that changed since. */
async function classifyUndo(session: ServerTarget, table: RowsTable): Promise<FoundConflict[]> {
  const { row, kind, skip, support, after } = control(table);
  const first = `t.${quoteIdentifier(table.key[0]?.name ?? '')}`;
  const join = `${candidates(table)} c LEFT JOIN ${place(table)} t ON ${sameKey(table, 't', 'c')}`;
  await session.execute(
    `SELECT pg_catalog.count(*) FROM (SELECT FROM ${place(table)} t JOIN ${candidates(table)} c ON ${sameKey(table, 't', 'c')}
      ORDER BY ${table.key.map(({ name }) => `t.${quoteIdentifier(name)}`).join(', ')} FOR UPDATE OF t) locked`,
  );
  const isKey = (name: string) => table.key.some((column) => column.name === name);
  const own = table.own.map(
    (name) => `${isKey(name) ? 'c' : 't'}.${quoteIdentifier(name)} AS ${quoteIdentifier(name)}`,
  );
  // What was inserted is deleted, and so on: the kind is how the row differs from what it was.
  await session.execute(`
    CREATE TEMPORARY TABLE ${bare(table)} ON COMMIT DROP AS
    SELECT c.${row}, CASE c.${kind} WHEN 'missing' THEN 'added' WHEN 'added' THEN 'missing' ELSE 'changed' END::text AS ${kind},
           false AS ${skip}, false AS ${support},
           CASE WHEN ${first} IS NULL THEN 'gone'
                WHEN c.${kind} = 'added' THEN 'there'
                WHEN pg_catalog.md5(${rowText(table.own, 't')}) = c.${after} THEN 'same' ELSE 'changed' END::text AS ${after},
           ${own.join(', ')}
      FROM ${join}
     WHERE CASE c.${kind} WHEN 'missing' THEN ${first} IS NOT NULL
                ELSE ${rowText(table.own, 't')} IS DISTINCT FROM ${rowText(table.own, 'c')} END`);
  await finishWork(session, table);
  const { rows } = await session.execute(`
    SELECT ${row}::text AS row, ${after} AS state FROM ${work(table)}
     WHERE NOT (CASE ${kind} WHEN 'missing' THEN ${after} = 'gone' ELSE ${after} = 'same' END)`);
  return rows.map((one) => ({
    row: Number(one.row),
    reason:
      one.state === 'gone'
        ? 'it was deleted since'
        : one.state === 'there'
          ? 'a row with this key was inserted since'
          : 'it was changed since',
  }));
}

function notACopy(name: string): LifeboatError {
  return new LifeboatError({
    code: 'undo-unknown',
    kind: 'usage',
    what: `${JSON.stringify(name)} is not the name of a safety copy.`,
    remedy:
      'It looks like manual/shop-before-restore/20261120T020000Z-abc123: the report of the run named it.',
  });
}
