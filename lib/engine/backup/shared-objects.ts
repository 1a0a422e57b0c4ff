import { type CompressedDestination, storeShared } from '../archive/codec/encode.ts';
import type { Chunk, StoredObject } from '../archive/manifest.ts';
import type { ContentDigest } from '../copy-text/row-digest.ts';
import { FULL_BYTES, MOST_TABLES } from './small-tables.ts';

export interface SharedDestination extends Omit<CompressedDestination, 'key'> {
  /** A key for the next object. */
  readonly nextKey: () => string;
}

/** The rows of one small table. */
export interface SmallRows<Task> {
  readonly task: Task;
  /** Half a megabyte at most, so that an object stays below MOST_SHARED_BYTES. */
  readonly text: Buffer;
  readonly content: ContentDigest;
}

/** What several tables share is written: the chunk of each. */
export type SharedChunks<Task> = ReadonlyArray<readonly [task: Task, chunk: Chunk]>;

/** Collects the rows of small tables that one session reads, and stores them in objects that they share. */
export class SharedObjects<Task> {
  readonly #destination: SharedDestination;
  #waiting: Array<SmallRows<Task>> = [];
  #bytes = 0;

  constructor(destination: SharedDestination) {
    this.#destination = destination;
  }

  /** Takes the rows of a table. If the object is full with them, returns the writing of it, which the caller must await. */
  add(rows: SmallRows<Task>): Promise<SharedChunks<Task>> | undefined {
    this.#waiting.push(rows);
    this.#bytes += rows.text.length;
    const isFull = this.#bytes >= FULL_BYTES || this.#waiting.length >= MOST_TABLES;
    return isFull ? this.rest() : undefined;
  }

  /** Writes what is left; undefined if nothing is. */
  rest(): Promise<SharedChunks<Task>> | undefined {
    const tables = this.#waiting;
    if (tables.length === 0) return undefined;
    this.#waiting = [];
    this.#bytes = 0;
    return this.#store(tables);
  }

  async #store(tables: ReadonlyArray<SmallRows<Task>>): Promise<SharedChunks<Task>> {
    const { nextKey, ...destination } = this.#destination;
    const text = Buffer.concat(tables.map((table) => table.text));
    const object = await storeShared({ ...destination, key: nextKey() }, text);
    return chunksIn(object, tables);
  }
}

function chunksIn<Task>(object: StoredObject, tables: ReadonlyArray<SmallRows<Task>>): SharedChunks<Task> {
  let from = 0;
  return tables.map(({ task, text, content }) => {
    const part = { from, to: from + text.length };
    from = part.to;
    return [task, { ...object, ...content, part }];
  });
}
