import { chunkId } from '../archive/chunk-id.ts';
import { readChunk } from '../archive/codec/decode.ts';
import type { Chunk, Manifest, TableData } from '../archive/manifest.ts';
import { type ContentDigest, RowDigest, sumDigests } from '../copy-text/row-digest.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { BackupToRestore } from '../restore/archived/read-backup.ts';
import type { RowRewriting } from '../restore/archived/row-rewriting.ts';
import type { WrittenForeignKey } from '../sql-script/key-statements.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { foreignKeysOf, printedInWays } from './archived-keys.ts';
import { editRows, type RowEdits } from './edit-rows.ts';
import type { ErasureEntry } from './erasure-entry.ts';
import { type BlockingRows, type Sifted, sift } from './sift.ts';

/** Rows of one table that a restore leaves out, or empties columns of. */
export interface ErasedRows {
  readonly table: string;
  readonly leftOut: number;
  /** Rows whose reference to an erased row becomes NULL, as ON DELETE SET NULL says. */
  readonly emptied: number;
}

export interface ErasingRequest {
  readonly store: ObjectStore;
  readonly backup: Pick<BackupToRestore, 'manifest' | 'postData'>;
  readonly entries: readonly ErasureEntry[];
  readonly eraseFollowers: boolean;
  readonly signal: AbortSignal;
}

/** The erasures of one restore, between the archive and COPY: what was found before anything is changed. */
export class Erasing implements RowRewriting {
  readonly #sifted: Sifted;
  /** What is left of the chunks with erased rows. */
  readonly #left: ReadonlyMap<string, ContentDigest>;
  readonly #fields: ReadonlyMap<string, number>;

  private constructor(
    sifted: Sifted,
    left: ReadonlyMap<string, ContentDigest>,
    fields: ReadonlyMap<string, number>,
  ) {
    this.#sifted = sifted;
    this.#left = left;
    this.#fields = fields;
  }

  /** Reads the tables that erasures are about, and those that refer to them. */
  static async of({ store, backup, entries, eraseFollowers, signal }: ErasingRequest): Promise<Erasing> {
    const { manifest, postData } = backup;
    const fingerprint = await readArchivedFingerprint(store, manifest, signal);
    const sifted = await sift({
      ...{ store, manifest, entries, eraseFollowers, signal },
      foreignKeys: foreignKeysOf(postData),
      checkKey: (key) => refuseOtherPrints(key, fingerprint),
    });
    const left = new Map<string, ContentDigest>();
    const fields = new Map<string, number>();
    for (const table of manifest.tables) {
      for (const chunk of table.chunks) {
        const edits = sifted.edits.get(chunkId(chunk));
        if (!edits) continue;
        const digest = new RowDigest();
        const pieces = readChunk(store, chunk, signal);
        for await (const piece of editRows(pieces, edits, table.columns.length)) digest.update(piece);
        left.set(chunkId(chunk), digest.finish());
        fields.set(chunkId(chunk), table.columns.length);
      }
    }
    return new Erasing(sifted, left, fields);
  }

  /** The backup as it is restored: rows, bytes and digests are those that the target must have. */
  backup(backup: BackupToRestore): BackupToRestore {
    return { ...backup, manifest: this.manifest(backup.manifest) };
  }

  manifest(manifest: Manifest): Manifest {
    if (this.#left.size === 0) return manifest;
    // Their digests are those of the source, and the views will show fewer rows.
    const { materializedViews: _, ...rest } = manifest;
    return { ...rest, tables: manifest.tables.map((table) => this.#withoutErased(table)) };
  }

  rewrite(chunk: Chunk, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const edits = this.editsOf(chunk);
    return edits ? editRows(pieces, edits, this.#fields.get(chunkId(chunk)) ?? 0) : pieces;
  }

  /** All rows of a chunk, also those that are left out; those that lose a reference have lost it. */
  emptied(chunk: Chunk, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const edits = [...(this.editsOf(chunk) ?? [])].filter(([, edit]) => edit !== 'out');
    if (edits.length === 0) return pieces;
    return editRows(pieces, new Map(edits), this.#fields.get(chunkId(chunk)) ?? 0);
  }

  unchanged({ columns, rows, rawBytes, digest }: TableData) {
    return { columns, content: { rows, rawBytes, digest } };
  }

  editsOf(chunk: Pick<Chunk, 'key' | 'part'>): RowEdits | undefined {
    return this.#sifted.edits.get(chunkId(chunk));
  }

  /** Of these tables. A restore may call them otherwise on its way: their chunks are the same. */
  erasedIn(tables: readonly TableData[]): ErasedRows[] {
    return tables.flatMap((table) => {
      const edits = table.chunks.flatMap((chunk) => [...(this.editsOf(chunk)?.values() ?? [])]);
      const leftOut = edits.filter((edit) => edit === 'out').length;
      const name = `${table.schema}.${table.name}`;
      return edits.length === 0 ? [] : [{ table: name, leftOut, emptied: edits.length - leftOut }];
    });
  }

  get unfit(): readonly ErasureEntry[] {
    return this.#sifted.unfit;
  }

  /** Entries for tables that the backup does not have, under these names. */
  get elsewhere(): readonly ErasureEntry[] {
    return this.#sifted.elsewhere;
  }

  /** Throws `erasure-referenced` if rows of these tables refer to erased ones, and nobody said what becomes of them. */
  refuseReferenced(tables: readonly Pick<TableData, 'schema' | 'name'>[]): void {
    const names = new Set(tables.map(({ schema, name }) => `${schema}.${name}`));
    const [first] = this.#sifted.blocking.filter(({ table }) => names.has(`${table.schema}.${table.name}`));
    if (first) throw referenced(first);
  }

  #withoutErased(table: TableData): TableData {
    if (!table.chunks.some((chunk) => this.#left.has(chunkId(chunk)))) return table;
    const chunks = table.chunks.map((chunk) => ({ ...chunk, ...this.#left.get(chunkId(chunk)) }));
    return { ...table, ...sumDigests(chunks), chunks };
  }
}

function refuseOtherPrints(key: WrittenForeignKey, fingerprint: Fingerprint): void {
  const side = printedInWays(key, fingerprint);
  if (side === undefined) return;
  const { name, child } = key;
  throw new LifeboatError({
    code: 'erasure-key-not-comparable',
    kind: 'usage',
    what: `The foreign key ${name} of ${child.schema}.${child.name} compares ${side}, whose equal values may be printed in several ways.`,
    meaning: 'Nothing was changed. Which rows refer to an erased one cannot be told from the backup.',
    remedy: 'Add --keep-erased, and delete the erased rows again after the restore.',
  });
}

function referenced({ key, table, rows }: BlockingRows): LifeboatError {
  return new LifeboatError({
    code: 'erasure-referenced',
    kind: 'usage',
    what: `${rows} row${rows === 1 ? '' : 's'} of ${table.schema}.${table.name} refer${rows === 1 ? 's' : ''} to erased rows of ${key.referenced.schema}.${key.referenced.name} by the foreign key ${key.name}, which says ON DELETE ${key.onDelete}.`,
    meaning: 'Nothing was changed. Without the erased rows the foreign key could not be made.',
    remedy:
      'Add --erase-followers to leave these rows out as well, or --keep-erased to restore everything and delete the erased rows again afterwards.',
  });
}
