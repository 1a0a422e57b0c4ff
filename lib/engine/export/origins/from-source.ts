import { createHash } from 'node:crypto';
import type { TableData } from '../../archive/manifest.ts';
import { copyOut, copyRows } from '../../catalog/copy-statement.ts';
import type { SourceTable } from '../../catalog/tables.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { EMPTY_DIGEST } from '../../copy-text/row-digest.ts';
import { keyOf, type SourceSnapshot, withSourceSnapshot } from '../../diff/source-snapshot.ts';
import { withoutKeywordQuotes } from '../../fingerprint/identity.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { Observer } from '../../ground/progress.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import { builtInType } from '../built-in-types.ts';
import { type Row, rowsOfCopyText } from '../rows-of-copy-text.ts';
import { type ExportColumn, valueTypeOf } from '../value-type.ts';
import { isNamedTable } from './named-table.ts';
import type { ExportItem, ExportScope, NamedQuery, Origin } from './origin.ts';
import { queryInBrackets } from './query-in-brackets.ts';
import { type WantedTable, wantedTables, withoutHeirs } from './wanted-tables.ts';

export interface SourceOrigin {
  readonly settings: ConnectionSettings;
  readonly scope: ExportScope;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

const ENCODING = 'UTF8';

/**
 * Tables and queries of the source itself: in one session, in one snapshot, in a transaction that only reads. It refuses
 * poolers as a backup does. The rows are those that a backup at this moment would hold.
 */
export async function withSource<Result>(
  { settings, scope, signal, observer }: SourceOrigin,
  use: (origin: Origin) => Promise<Result>,
): Promise<Result> {
  const queries = (scope.queries ?? []).map((query) => ({ ...query, sql: queryInBrackets(query.sql) }));
  // A reader that stops, because its disk is full, leaves the connection in the middle of a COPY: it is cut then.
  const cut = new AbortController();
  const options = {
    signal: AbortSignal.any([signal, cut.signal]),
    // Files that were written cannot be written again.
    tries: 1,
    stopped: 'The export is not complete; nothing was changed in the source.',
    // A query may read any table. One that is truncated after the snapshot would look empty, if it were not locked.
    wanted: (table: SourceTable) => queries.length > 0 || isNamedTable(table, scope),
    ...(observer?.onRetry ? { onRetry: observer.onRetry } : {}),
  };
  let failure: unknown;
  try {
    return await withSourceSnapshot(settings, options, async (snapshot) => {
      const reading: Reading = { snapshot, onAbandon: () => cut.abort(new Error('the reader has stopped')) };
      const wanted = wantedOf(snapshot, scope);
      const types = await typesOf(snapshot);
      try {
        return await use({
          kind: 'source',
          from: settings.display,
          takenAt: snapshot.takenAt.toISOString(),
          items: [
            ...wanted.map((table) => tableItem(table, reading, types)),
            ...queries.map((query) => queryItem(query, reading)),
          ],
          notices: [],
        });
      } catch (error) {
        failure = error;
        throw error;
      }
    });
  } catch (error) {
    signal.throwIfAborted();
    throw cut.signal.aborted ? failure : error;
  }
}

interface Reading {
  readonly snapshot: SourceSnapshot;
  /** Called if a COPY was not read to its end. */
  readonly onAbandon: () => void;
}

function wantedOf({ tables, unreadable }: SourceSnapshot, scope: ExportScope): WantedTable[] {
  const wanted = wantedTables({ tables: tables.map(asTableData) }, scope, 'source');
  for (const part of wanted.flatMap(({ parts }) => parts)) {
    const why = unreadable.get(keyOf(part));
    if (why) throw notReadable(part, why);
  }
  return wanted;
}

function asTableData({ schema, name, columns, generatedColumns, partitionRoot }: SourceTable): TableData {
  return {
    ...{ schema, name, columns: [...columns], generatedColumns: [...generatedColumns] },
    ...(partitionRoot ? { partitionRoot } : {}),
    ...EMPTY_DIGEST,
    chunks: [],
  };
}

function tableItem({ name, parts }: WantedTable, reading: Reading, types: SourceTypes): ExportItem {
  const [first] = parts;
  const columns = first ? types.of(first) : [];
  const generated = first?.generatedColumns ?? [];
  return {
    name,
    kind: 'table',
    notes: [
      ...(generated.length === 0 ? [] : [`without the generated columns ${generated.join(', ')}`]),
      ...withoutHeirs(first ? types.heirsOf(first) : []),
    ],
    open: async (onBytes) => ({ columns, rows: rowsOf(parts, columns, reading, onBytes) }),
  };
}

async function* rowsOf(
  parts: readonly TableData[],
  columns: readonly ExportColumn[],
  { snapshot: { tables, copy }, onAbandon }: Reading,
  onBytes: (rawBytes: number) => void,
): AsyncGenerator<readonly Row[]> {
  for (const part of parts) {
    const table = tables.find(({ schema, name }) => schema === part.schema && name === part.name);
    if (!table) continue;
    const order = columns.map(({ name }) => part.columns.indexOf(name));
    yield* rowsOfCopyText(counted(copy(copyRows(table, ENCODING)), onBytes, onAbandon), order);
  }
}

function queryItem({ name, sql }: NamedQuery, { snapshot, onAbandon }: Reading): ExportItem {
  return {
    name,
    kind: 'query',
    querySha256: createHash('sha256').update(sql).digest('hex'),
    notes: [],
    open: async (onBytes) => {
      const columns = (await snapshot.columnsOf(sql)).map((column) => {
        const type = builtInType(column.type, column.modifier);
        return { name: column.name, type, value: valueTypeOf(type) };
      });
      // A comment at its end would swallow the bracket.
      const pieces = counted(snapshot.copy(copyOut(`${sql}\n`, ENCODING)), onBytes, onAbandon);
      return { columns, rows: rowsOfCopyText(pieces, [...columns.keys()]) };
    },
  };
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  onBytes: (rawBytes: number) => void,
  onAbandon: () => void,
): AsyncGenerator<Uint8Array> {
  let isOver = false;
  try {
    for await (const piece of pieces) {
      onBytes(piece.length);
      yield piece;
    }
    isOver = true;
  } catch (error) {
    // The server's own error leaves the connection usable.
    isOver = true;
    throw error;
  } finally {
    if (!isOver) onAbandon();
  }
}

interface SourceTypes {
  of(table: TableData): ExportColumn[];
  heirsOf(table: TableData): string[];
}

async function typesOf({ query, tables }: SourceSnapshot): Promise<SourceTypes> {
  const oids = tables.map(({ oid }) => oid).join(',');
  const [columns, domains, ancestry] = await Promise.all([
    query(`SELECT n.nspname AS schema, c.relname AS name, a.attname AS column,
                  pg_catalog.format_type(a.atttypid, a.atttypmod) AS type
             FROM pg_catalog.pg_attribute a
             JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE a.attnum > 0 AND NOT a.attisdropped
              AND a.attrelid = ANY (${quoteLiteral(`{${oids}}`)}::pg_catalog.oid[])`),
    query(`SELECT pg_catalog.format_type(oid, NULL) AS name, pg_catalog.format_type(typbasetype, typtypmod) AS base
             FROM pg_catalog.pg_type WHERE typtype = 'd'`),
    query(`WITH RECURSIVE heirs AS (
             SELECT i.inhparent AS ancestor, i.inhrelid FROM pg_catalog.pg_inherits i
             UNION SELECT heirs.ancestor, i.inhrelid FROM pg_catalog.pg_inherits i JOIN heirs ON i.inhparent = heirs.inhrelid)
           SELECT n.nspname AS schema, c.relname AS name, inhrelid::pg_catalog.regclass::text AS heir
             FROM heirs JOIN pg_catalog.pg_class c ON c.oid = ancestor JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r'`),
  ]);
  const types = new Map(columns.map((row) => [`${keyOf(named(row))}\0${row.column}`, String(row.type)]));
  const bases = new Map(domains.map(({ name, base }) => [String(name), String(base)]));
  return {
    heirsOf: (table) =>
      ancestry
        .filter((row) => keyOf(named(row)) === keyOf(table))
        .map(({ heir }) => withoutKeywordQuotes(String(heir)))
        .toSorted(),
    of: (table) =>
      table.columns.map((name) => {
        const type = types.get(`${keyOf(table)}\0${name}`) ?? 'text';
        return { name, type, value: valueTypeOf(type, (domain) => bases.get(domain)) };
      }),
  };
}

function named(row: Readonly<Record<string, unknown>>): { readonly schema: string; readonly name: string } {
  return { schema: String(row.schema), name: String(row.name) };
}

function notReadable({ schema, name }: TableData, why: 'privilege' | 'row-security'): LifeboatError {
  return new LifeboatError({
    code: 'export-not-readable',
    kind: 'source',
    what:
      why === 'privilege'
        ? `The role may not read ${schema}.${name}.`
        : `Row-level security shows the role only some rows of ${schema}.${name}.`,
    meaning: 'Nothing was exported.',
    remedy: `Use the role that backs up, or export the table from a backup.`,
  });
}
