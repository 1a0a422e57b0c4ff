import { readChunk } from '../../archive/codec/decode.ts';
import { nameOfBackup } from '../../archive/listing.ts';
import type { Manifest, TableData } from '../../archive/manifest.ts';
import { heirsOf } from '../../fingerprint/heirs.ts';
import { readArchivedFingerprint } from '../../fingerprint/read-archived-fingerprint.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { NotTranscodableError, transcode } from '../../rows/transcode.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type Row, rowsOfCopyText } from '../rows-of-copy-text.ts';
import { TableColumns } from '../table-columns.ts';
import type { ExportItem, ExportScope, Origin } from './origin.ts';
import { type WantedTable, wantedTables, withoutHeirs } from './wanted-tables.ts';

export interface BackupOrigin {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly scope: ExportScope;
  readonly signal: AbortSignal;
}

/** Tables of a backup, read from its chunks: no server is started, and each chunk is checked while it is read. */
export async function tablesOfBackup(request: BackupOrigin): Promise<Origin> {
  const { store, manifest, scope, signal } = request;
  const wanted = wantedTables(manifest, scope);
  const fingerprint = await readArchivedFingerprint(store, manifest, signal);
  const columns = new TableColumns(fingerprint);
  return {
    kind: 'backup',
    from: nameOfBackup(manifest),
    takenAt: manifest.snapshot.takenAt,
    ...(manifest.snapshot.lsn === null ? {} : { lsn: manifest.snapshot.lsn }),
    items: wanted.map((table) => itemOf(table, columns, heirsOf(fingerprint, [table.name]), request)),
    notices: [],
  };
}

function itemOf(
  { name, parts, schema, table }: WantedTable,
  columns: TableColumns,
  heirs: readonly string[],
  request: BackupOrigin,
): ExportItem {
  // The types are those of the partitioned table, which all its partitions share.
  const names = columns.inOrder({ schema, name: table }, parts[0]?.columns ?? []);
  return {
    name,
    kind: 'table',
    notes: [...notesOf(parts), ...withoutHeirs(heirs)],
    expectedRows: sum(parts, ({ rows }) => rows),
    expectedBytes: sum(parts, ({ rawBytes }) => rawBytes),
    open: async (onBytes) => ({
      columns: columns.of({ schema, name: table, columns: names }),
      rows: rowsOf(parts, names, request, onBytes),
    }),
  };
}

async function* rowsOf(
  parts: readonly TableData[],
  names: readonly string[],
  { store, manifest, signal }: BackupOrigin,
  onBytes: (rawBytes: number) => void,
): AsyncGenerator<readonly Row[]> {
  for (const part of parts) {
    // Partitions may have their columns in another order.
    const order = names.map((name) => part.columns.indexOf(name));
    for (const chunk of part.chunks) {
      const { text } = await transcode(readChunk(store, chunk, signal), manifest.server.encoding);
      try {
        yield* rowsOfCopyText(counted(text, onBytes), order);
      } catch (error) {
        throw error instanceof NotTranscodableError ? otherEncoding(part, error) : error;
      }
    }
  }
}

async function* counted(pieces: AsyncIterable<Uint8Array>, onBytes: (rawBytes: number) => void) {
  for await (const piece of pieces) {
    onBytes(piece.length);
    yield piece;
  }
}

function notesOf(parts: readonly TableData[]): string[] {
  const generated = [...new Set(parts.flatMap(({ generatedColumns }) => generatedColumns))];
  return generated.length === 0
    ? []
    : [
        `without the generated column${generated.length === 1 ? '' : 's'} ${generated.join(', ')}, which a backup does not hold: --query computes them`,
      ];
}

function sum(parts: readonly TableData[], of: (part: TableData) => number): number {
  return parts.reduce((total, part) => total + of(part), 0);
}

function otherEncoding({ schema, name }: TableData, error: NotTranscodableError): LifeboatError {
  return new LifeboatError({
    code: 'export-not-utf8',
    kind: 'verification',
    what: `${schema}.${name} ${error.message}.`,
    meaning: 'Exports are in UTF-8.',
    remedy: 'Restore the table to a server of its own encoding, and copy it from there.',
    cause: error,
  });
}
