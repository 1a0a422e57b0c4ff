import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { BackupPlace } from '../archive/keys.ts';
import { readManifest } from '../archive/read-manifest.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { PlannedMoment } from '../replay/plan/moment.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Destination } from './destination.ts';
import { encodeRows } from './encode-rows.ts';
import type { ExportedFile, ExportRecord } from './export-record.ts';
import { compressionOf, fileNames } from './file-name.ts';
import type { FormatNotes, FormatOptions } from './formats/format-options.ts';
import type { ExportItem, ExportScope, Origin } from './origins/origin.ts';

/** Where the rows come from. */
export type ExportFrom =
  | { readonly store: ObjectStore; readonly place: BackupPlace; readonly moment?: PlannedMoment | undefined }
  | { readonly settings: ConnectionSettings };

export interface ExportRequest extends ExportScope, FormatOptions {
  readonly from: ExportFrom;
  readonly to: Destination;
  /** How long the export should be kept, for its record. Nothing here deletes it. */
  readonly keepDays?: number | undefined;
  /** Parent of the embedded server's data directory. @default the system's temporary directory */
  readonly directory?: string | undefined;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
  readonly observer?: Observer | undefined;
}

const DAY_MS = 86_400_000;

/**
 * Exports tables and results of queries: open the origin → for each item read, write in the format, compress, hash, store →
 * the record. Memory does not grow with the rows. Throws `export-nothing` if nothing was named.
 */
export async function exportRows(request: ExportRequest): Promise<ExportRecord> {
  const { to, now, keepDays } = request;
  const signal = request.signal ?? new AbortController().signal;
  if ([request.tables, request.schemas, request.queries].every((names) => !names?.length)) throw nothing();
  const exportedAt = now();
  const { origin, files } = await withOrigin(request, signal, async (opened) => {
    const written = await writeAll(opened, request, signal);
    return { origin: { ...opened, notices: [...opened.notices] }, files: written };
  });
  const { kind, from, takenAt, lsn, notices } = origin;
  const record: ExportRecord = {
    format: 1,
    ...{ kind, from, takenAt, ...(lsn === undefined ? {} : { lsn }) },
    exportedAt: exportedAt.toISOString(),
    ...(keepDays === undefined
      ? {}
      : { expiresAt: new Date(exportedAt.getTime() + keepDays * DAY_MS).toISOString() }),
    fileFormat: request.format,
    compression: compressionOf(request),
    files,
    notes: [...notices],
    lifeboatVersion: LIFEBOAT_VERSION,
  };
  await to.record?.(record);
  return record;
}

/** Chooses how to read: tables of a backup need no server. */
async function withOrigin<Result>(
  { from, tables, schemas, queries, directory = tmpdir(), observer }: ExportRequest,
  signal: AbortSignal,
  use: (origin: Origin) => Promise<Result>,
): Promise<Result> {
  const scope: ExportScope = { tables, schemas, queries };
  if ('settings' in from) {
    const { withSource } = await import('./origins/from-source.ts');
    return await withSource({ settings: from.settings, scope, signal, observer }, use);
  }
  const { store, place, moment } = from;
  const manifest = await readManifest(store, place, { signal });
  if (moment || queries?.length) {
    // Loaded only now: it contains a whole PostgreSQL.
    const { withCopy } = await import('./origins/from-copy.ts');
    return await withCopy({ store, manifest, moment, scope, directory, signal, observer }, use);
  }
  const { tablesOfBackup } = await import('./origins/from-backup.ts');
  return await use(await tablesOfBackup({ store, manifest, scope, signal }));
}

/** One item after the other: memory holds the rows of one, and the source has one session. */
async function writeAll(
  { items }: Origin,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<ExportedFile[]> {
  const names = fileNames(
    items.map(({ name }) => name),
    request,
  );
  const files: ExportedFile[] = [];
  let rawBytes = 0;
  const expected = items.map(({ expectedBytes }) => expectedBytes);
  const expectedBytes = expected.every((bytes) => bytes !== undefined)
    ? { expectedBytes: expected.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0) }
    : {};
  const onBytes = (bytes: number) => {
    rawBytes += bytes;
    request.observer?.onProgress?.({
      ...{ phase: 'export', tablesDone: files.length, tablesTotal: items.length, rawBytes },
      ...expectedBytes,
    });
  };
  for (const [index, item] of items.entries()) {
    signal.throwIfAborted();
    onBytes(0);
    files.push(await writeOne(item, names[index] as string, request, { signal, onBytes }));
  }
  return files;
}

async function writeOne(
  item: ExportItem,
  file: string,
  request: ExportRequest,
  { signal, onBytes }: { signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<ExportedFile> {
  const { name, kind, querySha256, expectedRows } = item;
  const opened = await item.open(onBytes);
  const hash = createHash('sha256');
  const notes: FormatNotes = { formulas: 0, emptyLines: 0, unrepresentable: 0 };
  let [rows, sizeBytes] = [0, 0];
  async function* body() {
    const onRows = (count: number) => {
      rows += count;
    };
    for await (const piece of encodeRows(opened, request, { notes, onRows, signal })) {
      hash.update(piece);
      sizeBytes += piece.length;
      yield piece;
    }
    // Before the file gets its name: one with fewer rows must not look complete.
    if (expectedRows !== undefined && rows !== expectedRows) throw otherCount(name, rows, expectedRows);
  }
  await request.to.write(file, body());
  return {
    ...{ file, kind, name, ...(querySha256 === undefined ? {} : { querySha256 }) },
    columns: opened.columns.map((column) => ({ name: column.name, type: column.type })),
    ...{ rows, sizeBytes, sha256: hash.digest('hex') },
    notes: [...item.notes, ...sayings(notes, request)],
  };
}

function sayings(
  { formulas, emptyLines, unrepresentable }: FormatNotes,
  { escapeFormulas }: FormatOptions,
): string[] {
  const many = (count: number) => `${count} ${count === 1 ? 'value' : 'values'}`;
  return [
    ...(formulas === 0
      ? []
      : [
          escapeFormulas
            ? `${many(formulas)} looked like formulas and got an apostrophe in front`
            : `a spreadsheet would run ${many(formulas)} as formulas: use --escape-formulas before people open it`,
        ]),
    ...(emptyLines === 0
      ? []
      : [
          `${many(emptyLines)} ${emptyLines === 1 ? 'is' : 'are'} NULL and so ${emptyLines === 1 ? 'an empty line' : 'empty lines'}, which many readers pass over: use --null '\\N'`,
        ]),
    ...(unrepresentable === 0
      ? []
      : [`${many(unrepresentable)} that Parquet cannot hold, such as infinity, became NULL`]),
  ];
}

function nothing(): LifeboatError {
  return new LifeboatError({
    code: 'export-nothing',
    kind: 'usage',
    what: 'Nothing was named to export.',
    remedy: "Add --table public.users, --schema app, or --query 'paying=SELECT … FROM public.users'.",
  });
}

function otherCount(name: string, rows: number, expected: number): LifeboatError {
  return new LifeboatError({
    code: 'export-rows-differ',
    kind: 'verification',
    what: `${name} gave ${rows} rows, and the backup holds ${expected}.`,
    meaning: 'That file was not written.',
    remedy: 'Run `lifeboat verify` on the backup, and export from another one meanwhile.',
  });
}
