import { createHash } from 'node:crypto';
import { nameOfBackup } from '../../archive/listing.ts';
import type { Manifest } from '../../archive/manifest.ts';
import { BackupCopy } from '../../browse/copy/backup-copy.ts';
import { LoadProgress } from '../../browse/load-progress.ts';
import { ask, requireOneStatement } from '../../browse/query/query.ts';
import type { ClientSession } from '../../browse/session/client-session.ts';
import { SharedServer } from '../../browse/session/shared-server.ts';
import { printingSettings } from '../../connection/session-settings.ts';
import { heirsOf } from '../../fingerprint/heirs.ts';
import { readArchivedFingerprint } from '../../fingerprint/read-archived-fingerprint.ts';
import type { Observer } from '../../ground/progress.ts';
import { qualifiedName, quoteIdentifier } from '../../ground/sql.ts';
import { momentSummary } from '../../replay/moment-summary.ts';
import type { PlannedMoment } from '../../replay/plan/moment.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { builtInType } from '../built-in-types.ts';
import type { Row } from '../rows-of-copy-text.ts';
import { TableColumns } from '../table-columns.ts';
import { type ExportColumn, valueTypeOf } from '../value-type.ts';
import type { ExportItem, ExportScope, NamedQuery, Origin } from './origin.ts';
import { RowChannel } from './row-channel.ts';
import { type WantedTable, wantedTables, withoutHeirs } from './wanted-tables.ts';

export interface CopyOrigin {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly moment?: PlannedMoment | undefined;
  readonly scope: ExportScope;
  /** Parent of the embedded server's data directory. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/**
 * Results of queries on a backup, and everything at a moment: by the embedded server that `lifeboat query` uses, which loads
 * only the tables that it needs. The settings that decide how values are printed are those of an archive, and not those
 * of the source's database.
 */
export async function withCopy<Result>(
  request: CopyOrigin,
  use: (origin: Origin) => Promise<Result>,
): Promise<Result> {
  const { store, manifest, moment, scope, directory, signal } = request;
  for (const { sql } of scope.queries ?? []) requireOneStatement(sql);
  const wanted = wantedTables(manifest, scope);
  const fingerprint = await readArchivedFingerprint(store, manifest, signal);
  const columns = new TableColumns(fingerprint);
  const progress = new LoadProgress(request.observer);
  progress.begin('open');
  await using copy = await BackupCopy.open({ store, manifest, moment, directory, signal });
  const server = new SharedServer(copy, { observer: progress, mostUnaskedBytes: Number.POSITIVE_INFINITY });
  const session = await server.join(printingSettings());
  progress.begin('query');
  const asked = { server, session, manifest };
  const shown = moment && momentSummary(moment);
  return await use({
    kind: moment ? 'moment' : 'backup',
    from: nameOfBackup(manifest),
    takenAt: timeOf(manifest, moment),
    ...(shown ? { lsn: shown.lsn } : manifest.snapshot.lsn === null ? {} : { lsn: manifest.snapshot.lsn }),
    items: [
      ...wanted.map((table) => tableItem(table, columns, heirsOf(fingerprint, [table.name]), asked)),
      ...(scope.queries ?? []).map((query) => queryItem(query, asked)),
    ],
    get notices() {
      return [...copy.notices, ...(shown ? notCovered(shown.notCovered) : [])];
    },
  });
}

/** The moment that the rows show: that which was asked for, or that of the last commit before it. */
function timeOf({ snapshot }: Manifest, moment: PlannedMoment | undefined): string {
  if (moment?.target.kind === 'time') return moment.target.time.toISOString();
  return moment?.last?.committedAt ?? snapshot.takenAt;
}

function notCovered(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`changes do not cover ${names.join(', ')}, which are as the backup shows them`];
}

interface Asked {
  readonly server: SharedServer;
  readonly session: ClientSession;
  readonly manifest: Manifest;
}

function tableItem(
  { name, schema, table, parts }: WantedTable,
  known: TableColumns,
  heirs: readonly string[],
  asked: Asked,
): ExportItem {
  const [first] = parts;
  const names = known.inOrder({ schema, name: table }, [
    ...(first?.columns ?? []),
    ...(first?.generatedColumns ?? []),
  ]);
  const isPart = parts.length === 1 && first?.name === table;
  const list = names.map(quoteIdentifier).join(', ');
  const columns = known.of({ schema, name: table, columns: names });
  return {
    name,
    kind: 'table',
    notes: withoutHeirs(heirs),
    open: async (onBytes) => {
      const from = `${isPart ? 'ONLY ' : ''}${qualifiedName(schema, table)}`;
      const { rows } = await result(`SELECT ${list} FROM ${from}`, asked, onBytes);
      return { columns, rows };
    },
  };
}

function queryItem({ name, sql }: NamedQuery, asked: Asked): ExportItem {
  return {
    name,
    kind: 'query',
    querySha256: createHash('sha256').update(sql).digest('hex'),
    notes: [],
    open: (onBytes) => result(sql, asked, onBytes),
  };
}

async function result(
  sql: string,
  { server, session, manifest }: Asked,
  onBytes: (rawBytes: number) => void,
): Promise<{ readonly columns: readonly ExportColumn[]; readonly rows: AsyncIterable<readonly Row[]> }> {
  const channel = new RowChannel();
  ask(server, session, { sql, manifest }, channel, {
    write: (bytes) => {
      onBytes(bytes);
      return !channel.isFull;
    },
    onceDrained: (callback) => channel.onceDrained(callback),
  }).then(
    () => channel.close(),
    (error: unknown) => channel.close(error),
  );
  const columns = await channel.known;
  return {
    columns: columns.map(({ name, type, modifier }) => {
      const written = builtInType(type, modifier);
      return { name, type: written, value: valueTypeOf(written) };
    }),
    rows: channel,
  };
}
