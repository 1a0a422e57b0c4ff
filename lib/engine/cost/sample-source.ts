import zlib from 'node:zlib';
import { to as copyTo } from 'pg-copy-streams';
import { sharedObjectsFor, thoseThatShare } from '../backup/small-tables.ts';
import { copyRows, type PageRange } from '../catalog/copy-statement.ts';
import { planLargeObjects } from '../catalog/large-objects.ts';
import type { Omissions } from '../catalog/omissions.ts';
import { type SourceTable, type TableSize, tableSizes, tablesToCopy } from '../catalog/tables.ts';
import type { Session } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import type { Observer } from '../ground/progress.ts';

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
const { zstdCompressSync } = zlib;

/** What a backup of this source would be, from sizes in the catalog and a little of the rows. */
export interface SourceSample {
  readonly tables: number;
  /** Heap and TOAST as the server stores them, and large objects. */
  readonly serverBytes: number;
  readonly textBytes: number;
  readonly storedBytes: number;
  readonly objects: number;
  /** What was read for it. */
  readonly sampledBytes: number;
  /** How much of `serverBytes` lies in tables of which rows were read, 0 to 1. */
  readonly sampledShare: number;
}

/** Together these hold nearly all bytes of most databases. */
const MOST_SAMPLED_TABLES = 40;
/** Of each place that is looked at. A place is one page at least, which can hold a hundred large values. */
const BYTES_A_PLACE = 128 * 1024;
const MOST_BYTES_A_PAGE = 4 * 1024 * 1024;
/** After this much, what is left counts by the assumption: reading is egress, too. */
const MOST_SAMPLED_BYTES = 64 * 1024 * 1024;
const PLACES = 3;
/** A table this small is copied whole. */
const WHOLE_BYTES = 256 * 1024;
/** Of what is not sampled: text of what is stored, and compressed of text. Means of many schemas; see docs/costs.md. */
const ASSUMED = { textOfStored: 1, compressedOfText: 0.25 };
/** Large tables are cut into chunks of this size, in stored bytes of the server. */
const CHUNK_BYTES = 64 * 1024 * 1024;
/** Manifest, schema, roles, fingerprint, recovery guide and the like. */
const OBJECTS_BESIDE = 12;

/** Reads the catalog and at most some megabytes of rows. Changes nothing. */
export async function sampleSource(
  session: Session,
  omissions: Omissions,
  { observer, signal }: { readonly observer?: Observer; readonly signal: AbortSignal },
): Promise<SourceSample> {
  const query = queryRows(session.client);
  const encoding = String((await query('SHOW server_encoding'))[0]?.server_encoding ?? 'UTF8');
  const tables = await tablesToCopy(query, session.major, omissions);
  const withoutRows = new Set(omissions.withoutRows.map(({ oid }) => oid));
  const withRows = tables.filter(({ oid }) => !withoutRows.has(oid));
  const sizes = await tableSizes(
    query,
    withRows.map(({ oid }) => oid),
  );
  const largeObjects =
    omissions.largeObjects === undefined
      ? await planLargeObjects(query, CHUNK_BYTES)
      : { sizeBytes: 0, ranges: [] };
  const byOid = new Map(withRows.map((table) => [table.oid, table]));
  const largest = sizes.toSorted((a, b) => b.sizeBytes - a.sizeBytes);

  let textBytes = largeObjects.sizeBytes * ASSUMED.textOfStored;
  let storedBytes = textBytes * ASSUMED.compressedOfText;
  let sampledBytes = 0;
  let sampledOf = 0;
  for (const [index, size] of largest.entries()) {
    signal.throwIfAborted();
    const table = byOid.get(size.oid);
    const mayRead = index < MOST_SAMPLED_TABLES && sampledBytes < MOST_SAMPLED_BYTES;
    const sample = table && mayRead ? await sampleTable(session, table, size, encoding) : undefined;
    const text = sample?.textBytes ?? size.sizeBytes * ASSUMED.textOfStored;
    textBytes += text;
    storedBytes += text * (sample?.ratio ?? ASSUMED.compressedOfText);
    sampledBytes += sample?.readBytes ?? 0;
    sampledOf += sample ? size.sizeBytes : 0;
    observer?.onProgress?.({
      phase: 'sample',
      tablesDone: index + 1,
      tablesTotal: largest.length,
      rawBytes: sampledBytes,
    });
  }
  const inTables = sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const serverBytes = inTables + largeObjects.sizeBytes;
  return {
    tables: withRows.length,
    serverBytes,
    ...{ textBytes: Math.round(textBytes), storedBytes: Math.round(storedBytes) },
    objects: objectsOf(sizes) + largeObjects.ranges.length + OBJECTS_BESIDE,
    sampledBytes,
    sampledShare: serverBytes === 0 ? 1 : sampledOf / serverBytes,
  };
}

interface TableSample {
  readonly textBytes: number;
  /** Compressed of text. */
  readonly ratio: number;
  readonly readBytes: number;
}

/** Undefined if the table cannot be read in part, or a page of it would be too much. */
async function sampleTable(
  session: Session,
  table: SourceTable,
  size: TableSize,
  encoding: string,
): Promise<TableSample | undefined> {
  if (size.pages === 0) return { textBytes: 0, ratio: ASSUMED.compressedOfText, readBytes: 0 };
  if (size.sizeBytes <= WHOLE_BYTES) {
    const text = await textOf(session, copyRows(table, encoding));
    return measured(text, text.length);
  }
  const bytesAPage = size.sizeBytes / size.pages;
  if (!table.cuttable || bytesAPage > MOST_BYTES_A_PAGE) return undefined;
  const pages = Math.max(1, Math.floor(BYTES_A_PLACE / bytesAPage));
  const places = placesOf(size.pages, pages);
  const pieces: Buffer[] = [];
  for (const place of places) pieces.push(await textOf(session, copyRows(table, encoding, place)));
  const text = Buffer.concat(pieces);
  const looked = places.reduce((sum, { from, to }) => sum + ((to ?? size.pages) - from), 0);
  return measured(text, (text.length / looked) * size.pages);
}

function measured(text: Buffer, textBytes: number): TableSample {
  if (text.length === 0) return { textBytes, ratio: ASSUMED.compressedOfText, readBytes: 0 };
  return { textBytes, ratio: zstdCompressSync(text).length / text.length, readBytes: text.length };
}

/** At the beginning, in the middle and at the end: rows of one age are alike. */
function placesOf(all: number, pages: number): PageRange[] {
  if (all <= pages * PLACES) return [{ from: 0, to: all }];
  const last = all - pages;
  return [0, Math.floor(last / 2), last].map((from) => ({ from, to: from + pages }));
}

async function textOf({ client }: Session, statement: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of client.query(copyTo(statement))) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Of the rows of tables. */
function objectsOf(sizes: readonly TableSize[]): number {
  const sharing = new Set(thoseThatShare(sizes, ({ sizeBytes }) => sizeBytes));
  const textBytes = [...sharing].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) * ASSUMED.textOfStored;
  const alone = sizes.filter((size) => !sharing.has(size));
  const cuts = alone.reduce((sum, { sizeBytes }) => sum + Math.max(1, Math.ceil(sizeBytes / CHUNK_BYTES)), 0);
  return cuts + sharedObjectsFor(sharing.size, textBytes);
}
