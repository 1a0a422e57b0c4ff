import type { TableData } from '../../archive/manifest.ts';
import type { PageRange } from '../../catalog/copy-statement.ts';
import { type ContentDigest, sumDigests } from '../../copy-text/row-digest.ts';
import { qualifiedName, quoteLiteral } from '../../ground/sql.ts';
import { type ComparisonEvents, printOf } from '../../proof/compare-tables.ts';
import type { PrintColumn } from '../../proof/printed-as-archived.ts';
import { digestTable } from '../../rows/digest-table.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';

/** From here on a range of pages is read without the pages before it (release notes of 14). */
const FIRST_MAJOR_WITH_PAGE_RANGES = 14;
/** Half of a minute for one session. Smaller parts would only mean more statements. */
export const PART_BYTES = 512 * 1024 * 1024;

/** One large table, of which each session reads a part. */
export interface TableInParts {
  readonly table: TableData;
  readonly parts: readonly PageRange[];
}

/** A digest is a sum over rows, so it does not matter which session read which of them. */
export class PartsRead {
  readonly digests = new Map<TableData, ContentDigest>();
  readonly #read = new Map<TableData, ContentDigest[]>();
  readonly #bytes = new Map<TableData, number>();
  readonly #print: PrintColumn;
  readonly #events: ComparisonEvents;

  constructor(print: PrintColumn, events: ComparisonEvents) {
    this.#print = print;
    this.#events = events;
  }

  /** Reads one part; whether it was the last one that was missing. */
  async read(session: ServerTarget, { table, parts }: TableInParts, pages: PageRange): Promise<boolean> {
    const read = this.#read.get(table) ?? [];
    if (!this.#read.has(table)) this.#events.begins(table);
    this.#read.set(table, read);
    let before = 0;
    const onBytes = (bytes: number) => {
      const total = (this.#bytes.get(table) ?? 0) + bytes - before;
      before = bytes;
      this.#bytes.set(table, total);
      this.#events.reaches(table, total);
    };
    read.push(await digestTable(session, table, { pages, onBytes, print: printOf(table, this.#print) }));
    if (read.length < parts.length) return false;
    this.digests.set(table, sumDigests(read));
    return true;
  }
}

/**
 * Cuts large tables into ranges of pages: whole tables would keep one session busy when the others have nothing left to
 * do, and a table of 100 GB would take as long as one session needs for it.
 */
export async function cutIntoParts(
  session: ServerTarget,
  outcomes: ReadonlyMap<TableData, RowsOutcome>,
  partBytes = PART_BYTES,
): Promise<TableInParts[]> {
  if (session.serverMajor < FIRST_MAJOR_WITH_PAGE_RANGES) return [];
  const found: TableInParts[] = [];
  for (const [table, outcome] of outcomes) {
    if (table.rawBytes < 2 * partBytes || outcome.state !== 'loaded' || outcome.elsewhere !== undefined)
      continue;
    const pages = await pagesOf(session, table);
    const number = Math.min(Math.ceil(table.rawBytes / partBytes), pages);
    if (number > 1) found.push({ table, parts: rangesOf(pages, number) });
  }
  return found;
}

/** The pages of a heap; 0 for what is stored otherwise. */
async function pagesOf(session: ServerTarget, { schema, name }: TableData): Promise<number> {
  const { rows } = await session.execute(`
    SELECT pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8 AS pages
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_am a ON a.oid = c.relam
     WHERE c.oid = ${quoteLiteral(qualifiedName(schema, name))}::pg_catalog.regclass
       AND c.relkind = 'r' AND a.amname = 'heap'`);
  return Number(rows[0]?.pages ?? 0);
}

/** The last range is open: rows may have come to the end meanwhile. */
export function rangesOf(pages: number, number: number): PageRange[] {
  const at = (index: number) => Math.floor((pages * index) / number);
  return Array.from({ length: number }, (_, index) => ({
    from: at(index),
    to: index === number - 1 ? null : at(index + 1),
  }));
}
