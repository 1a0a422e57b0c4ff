import { chunkId } from '../archive/chunk-id.ts';
import type { Chunk, TableData } from '../archive/manifest.ts';
import { type ContentDigest, EMPTY_DIGEST, sumDigests } from '../copy-text/row-digest.ts';
import { type DecidedTable, type Decisions, nameOfTable } from '../masking/decide-masks.ts';
import { maskRows } from '../masking/mask-rows.ts';
import { Samples } from '../masking/samples.ts';
import type { BackupToRestore } from '../restore/archived/read-backup.ts';
import type { RowRewriting } from '../restore/archived/row-rewriting.ts';

/** The masks of one refresh, between the archive and COPY. A chunk that nobody decided about is refused. */
export class Masking implements RowRewriting {
  readonly samples = new Samples();
  readonly #decisions: Decisions;
  readonly #isUtf8: boolean;
  readonly #tableOf = new Map<string, TableData>();
  readonly #kept = new Map<string, ContentDigest>();

  constructor(decisions: Decisions, encoding: string) {
    this.#decisions = decisions;
    this.#isUtf8 = encoding === 'UTF8';
    for (const table of decisions.tables.keys())
      for (const chunk of table.chunks) this.#tableOf.set(chunkId(chunk), table);
  }

  backup(backup: BackupToRestore): BackupToRestore {
    const { manifest } = backup;
    const { largeObjects } = this.#decisions;
    // Their digests are those of the source, and the views will show masked rows.
    const { materializedViews: _, ...rest } = manifest;
    return {
      ...backup,
      manifest: {
        ...rest,
        tables: manifest.tables.map((table) =>
          this.#decisionOn(table)?.rows === 'exclude' ? withoutRows(table) : table,
        ),
        largeObjects:
          largeObjects === 'keep' ? manifest.largeObjects : { ...EMPTY_DIGEST, count: 0, chunks: [] },
      },
    };
  }

  rewrite(chunk: Chunk, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const table = this.#tableOf.get(chunkId(chunk));
    const decided = table && this.#decisions.tables.get(table);
    if (!table || decided?.rows !== 'mask')
      throw new TypeError(`nobody decided about the rows of ${chunkId(chunk)}`);
    if (!decided.columns.some(({ mask }) => mask)) return pieces;
    const name = nameOfTable(table);
    const samples = new Map(
      decided.columns.map((column) => [column.name, this.samples.of(`${name}.${column.name}`)]),
    );
    return maskRows(
      pieces,
      {
        columns: decided.columns,
        isUtf8: this.#isUtf8,
        onOriginal: (column, original) => samples.get(column)?.add(original),
      },
      (kept) => this.#kept.set(chunkId(chunk), kept),
    );
  }

  unchanged(table: TableData): { readonly columns: readonly string[]; readonly content: ContentDigest } {
    const { rows, rawBytes, digest } = table;
    const decided = this.#decisionOn(table);
    if (decided?.rows !== 'mask' || !decided.columns.some(({ mask }) => mask))
      return { columns: table.columns, content: { rows, rawBytes, digest } };
    const contents = table.chunks.flatMap((chunk) => this.#kept.get(chunkId(chunk)) ?? []);
    const columns = decided.columns.flatMap((one) => (one.mask ? [] : [one.name]));
    return { columns, content: contents.length === 0 ? EMPTY_DIGEST : sumDigests(contents) };
  }

  /** Paths of the masks file that led to no value in any row: perhaps they are mistyped, and what they meant is unmasked. */
  get unmetPaths(): string[] {
    const unmet = new Map<string, Set<string>>();
    for (const [table, decided] of this.#decisions.tables) {
      if (decided.rows !== 'mask') continue;
      for (const { name, mask } of decided.columns) {
        const paths = mask?.unmetPaths?.();
        if (!paths) continue;
        const column = `${nameOfTable(table.partitionRoot ?? table)}.${name}`;
        // A partition may have none of what another one has.
        unmet.set(column, (unmet.get(column) ?? new Set(paths)).intersection(new Set(paths)));
      }
    }
    return [...unmet].flatMap(([column, paths]) => [...paths].map((path) => `${column}: ${path}`));
  }

  /** A restore reads the manifest anew, and may call the table otherwise on its way: its chunks are the same. */
  #decisionOn({ chunks: [first] }: TableData): DecidedTable | undefined {
    const table = first && this.#tableOf.get(chunkId(first));
    return table && this.#decisions.tables.get(table);
  }
}

function withoutRows(table: TableData): TableData {
  return { ...table, rows: 0, rawBytes: 0, digest: EMPTY_DIGEST.digest, chunks: [] };
}
