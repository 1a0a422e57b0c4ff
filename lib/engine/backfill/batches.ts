import type { BackfillRequest } from './backfill-request.ts';
import type { FillSession } from './fill-session.ts';
import { type Key, type KeyRange, rangeSql } from './keys.ts';
import type { TableToFill } from './table-to-fill.ts';
import { readRows } from './write-rows.ts';

export interface RowToFill {
  readonly key: Key;
  /** Its inputs as a JSON object. */
  readonly json: string;
  readonly hash: string;
}

export interface Batch {
  readonly range: KeyRange;
  readonly rows: readonly RowToFill[];
}

/** Hands out batches in the order of the key, one at a time, to whoever asks: each row is in one of them. */
export class Batches {
  readonly #session: FillSession;
  readonly #table: TableToFill;
  readonly #request: BackfillRequest;
  readonly #gaps: KeyRange[];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(session: FillSession, table: TableToFill, request: BackfillRequest, gaps: readonly KeyRange[]) {
    this.#session = session;
    this.#table = table;
    this.#request = request;
    this.#gaps = [...gaps];
  }

  async next(): Promise<Batch | undefined> {
    const read = this.#turn.then(() => this.#read());
    this.#turn = read.catch(() => {});
    return await read;
  }

  async #read(): Promise<Batch | undefined> {
    const { batchSize: limit } = this.#request;
    for (let gap = this.#gaps[0]; gap; gap = this.#gaps[0]) {
      const range = gap;
      const rows = await this.#session.transaction((ask) => {
        const parameters: unknown[] = [];
        const condition = rangeSql(this.#table, range, parameters);
        return readRows(ask, this.#table, this.#request, { condition, parameters, limit });
      });
      const last = rows.at(-1)?.key;
      const isEnd = rows.length < limit;
      if (isEnd) this.#gaps.shift();
      // The end of a gap is the beginning of what is done.
      const upTo = isEnd && range.upTo !== undefined ? range.upTo : last;
      if (upTo === undefined) continue;
      if (!isEnd) this.#gaps[0] = { after: upTo, upTo: range.upTo };
      if (rows.length > 0) return { range: { after: range.after, upTo }, rows };
    }
    return undefined;
  }
}
