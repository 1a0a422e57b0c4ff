import { chunkId } from '../archive/chunk-id.ts';
import { readChunk } from '../archive/codec/decode.ts';
import type { Chunk, Manifest, TableData } from '../archive/manifest.ts';
import { fieldBorders } from '../copy-text/copy-fields.ts';
import type { NamedRelation, WrittenForeignKey } from '../sql-script/key-statements.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type RowEdit, wholeLines } from './edit-rows.ts';
import { digestOfKey, type ErasureEntry } from './erasure-entry.ts';

const LINE_FEED = 0x0a;
const NULL = '\\N';

export interface SiftRequest {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly entries: readonly ErasureEntry[];
  readonly foreignKeys: readonly WrittenForeignKey[];
  /** Leaves out rows that refer to an erased one, whatever the foreign key says. */
  readonly eraseFollowers: boolean;
  /** Throws if the values of the key cannot be compared without a server. */
  readonly checkKey: (key: WrittenForeignKey) => void;
  readonly signal: AbortSignal;
}

/** Rows that refer to erased ones by a foreign key that neither deletes nor empties them. */
export interface BlockingRows {
  readonly key: WrittenForeignKey;
  readonly table: TableData;
  readonly rows: number;
}

export interface Sifted {
  /** What becomes of rows, by the id of their chunk (archive/chunk-id.ts). */
  readonly edits: ReadonlyMap<string, ReadonlyMap<number, RowEdit>>;
  readonly blocking: readonly BlockingRows[];
  /** Entries for a table of the backup that has no such key. */
  readonly unfit: readonly ErasureEntry[];
  /** Entries for a table that the backup does not have. */
  readonly elsewhere: readonly ErasureEntry[];
}

/** Looks for rows by some of their fields, and says what becomes of them. */
interface Matcher {
  readonly positions: readonly number[];
  readonly has: (line: Buffer, borders: Int32Array) => boolean;
  readonly becomes: RowEdit | { readonly blocks: WrittenForeignKey };
}

/**
 * Finds the rows of a backup that were erased, and what PostgreSQL would do with the rows that refer to them: ON DELETE CASCADE
 * leaves them out, SET NULL empties their columns, and so on from these, until there are no more. Reads only the tables that
 * erasures are about and those that refer to them; no server is needed.
 */
export async function sift(request: SiftRequest): Promise<Sifted> {
  const { manifest, entries, foreignKeys } = request;
  const edits = new Map<string, Map<number, RowEdit>>();
  const blocked = new Map<WrittenForeignKey, Map<TableData, Map<string, Set<number>>>>();
  const seen = new Map(foreignKeys.map((key) => [key, new Set<string>()]));
  const unfit: ErasureEntry[] = [];
  const elsewhere: ErasureEntry[] = [];
  let wave = new Map<TableData, Matcher[]>();
  for (const group of Map.groupBy(entries, ({ table, key, salt }) =>
    JSON.stringify([table, key, salt]),
  ).values()) {
    const [first] = group;
    if (!first) continue;
    const { table: about } = first;
    if (!manifest.tables.some((table) => isOf(table, about))) elsewhere.push(...group);
    const digests = new Set(group.flatMap((entry) => entry.digests));
    for (const table of partsOf(manifest, first.table)) {
      const positions = first.key.map((column) => table.columns.indexOf(column));
      if (positions.includes(-1)) unfit.push(...group);
      else push(wave, table, erased(positions, Buffer.from(first.salt, 'hex'), digests));
    }
  }
  while (wave.size > 0) {
    const fresh = new Map<WrittenForeignKey, Set<string>>();
    for (const [table, matchers] of wave) await look(table, matchers, fresh);
    wave = new Map();
    for (const [key, values] of fresh) {
      const children = partsOf(manifest, key.child);
      if (children.length > 0) request.checkKey(key);
      for (const child of children) push(wave, child, referring(key, child, values, request));
    }
  }
  return { edits, blocking: blockingOf(blocked, edits), unfit: [...new Set(unfit)], elsewhere };

  async function look(
    table: TableData,
    matchers: readonly Matcher[],
    fresh: Map<WrittenForeignKey, Set<string>>,
  ): Promise<void> {
    const referenced = foreignKeys
      .filter((key) => isOf(table, key.referenced))
      .map((key) => ({ key, positions: key.columns.map((pair) => table.columns.indexOf(pair.referenced)) }));
    for (const chunk of table.chunks) {
      await eachRow(request, table, chunk, (line, borders, row) => {
        for (const { has, becomes } of matchers) {
          if (!has(line, borders)) continue;
          if (becomes !== 'out' && 'blocks' in becomes) {
            note(blocked, becomes.blocks, table, chunkId(chunk), row);
            continue;
          }
          const ofChunk = edits.get(chunkId(chunk)) ?? new Map<number, RowEdit>();
          edits.set(chunkId(chunk), ofChunk);
          const before = ofChunk.get(row);
          if (before === 'out') continue;
          if (becomes !== 'out') {
            ofChunk.set(row, new Set([...(before ?? []), ...becomes]));
            continue;
          }
          ofChunk.set(row, 'out');
          for (const { key, positions } of referenced) {
            const values = textsAt(line, borders, positions);
            const known = seen.get(key);
            if (values.includes(NULL) || known?.has(values.join('\t'))) continue;
            known?.add(values.join('\t'));
            const some = fresh.get(key) ?? new Set<string>();
            fresh.set(key, some.add(values.join('\t')));
          }
        }
      });
    }
  }
}

function erased(positions: readonly number[], salt: Buffer, digests: ReadonlySet<string>): Matcher {
  return {
    positions,
    becomes: 'out',
    has: (line, borders) =>
      digests.has(digestOfKey(salt, Buffer.from(textsAt(line, borders, positions).join('\t'), 'latin1'))),
  };
}

function referring(
  key: WrittenForeignKey,
  child: TableData,
  values: ReadonlySet<string>,
  { eraseFollowers }: SiftRequest,
): Matcher {
  const positions = key.columns.map((pair) => child.columns.indexOf(pair.child));
  const becomes: Matcher['becomes'] =
    key.onDelete === 'CASCADE'
      ? 'out'
      : key.onDelete === 'SET NULL'
        ? new Set(key.setColumns.map((column) => child.columns.indexOf(column)))
        : eraseFollowers
          ? 'out'
          : { blocks: key };
  return {
    ...{ positions, becomes },
    has: (line, borders) => values.has(textsAt(line, borders, positions).join('\t')),
  };
}

async function eachRow(
  { store, signal }: SiftRequest,
  { columns }: TableData,
  chunk: Chunk,
  use: (line: Buffer, borders: Int32Array, row: number) => void,
): Promise<void> {
  let row = 0;
  for await (const text of wholeLines(readChunk(store, chunk, signal))) {
    for (let at = 0; at < text.length; row += 1) {
      const end = text.indexOf(LINE_FEED, at);
      const line = text.subarray(at, end);
      use(line, fieldBorders(line, columns.length), row);
      at = end + 1;
    }
  }
}

/** Fields as they are written, a character a byte. */
function textsAt(line: Buffer, borders: Int32Array, positions: readonly number[]): string[] {
  return positions.map((at) => line.toString('latin1', borders[at], (borders[at + 1] ?? 0) - 1));
}

function note(
  blocked: Map<WrittenForeignKey, Map<TableData, Map<string, Set<number>>>>,
  key: WrittenForeignKey,
  table: TableData,
  chunk: string,
  row: number,
): void {
  const tables = blocked.get(key) ?? new Map<TableData, Map<string, Set<number>>>();
  const chunks = tables.get(table) ?? new Map<string, Set<number>>();
  blocked.set(key, tables.set(table, chunks.set(chunk, (chunks.get(chunk) ?? new Set()).add(row))));
}

/** Without rows that another erasure, or another key, leaves out. */
function blockingOf(
  blocked: ReadonlyMap<WrittenForeignKey, ReadonlyMap<TableData, ReadonlyMap<string, ReadonlySet<number>>>>,
  edits: Sifted['edits'],
): BlockingRows[] {
  return [...blocked].flatMap(([key, tables]) =>
    [...tables].flatMap(([table, chunks]) => {
      const left = [...chunks].flatMap(([chunk, rows]) =>
        [...rows].filter((row) => edits.get(chunk)?.get(row) !== 'out'),
      );
      return left.length === 0 ? [] : [{ key, table, rows: left.length }];
    }),
  );
}

/** The tables that hold the rows of a relation, with those of its partitions. */
export function partsOf({ tables }: Manifest, relation: NamedRelation): TableData[] {
  return tables.filter((table) => table.dataLeftOut === undefined && isOf(table, relation));
}

function isOf(table: TableData, { schema, name }: NamedRelation): boolean {
  return [table, ...(table.partitionRoot ? [table.partitionRoot] : [])].some(
    (one) => one.schema === schema && one.name === name,
  );
}

function push(wave: Map<TableData, Matcher[]>, table: TableData, matcher: Matcher): void {
  wave.set(table, [...(wave.get(table) ?? []), matcher]);
}
