import { chunkId } from '../archive/chunk-id.ts';
import type { DrillReport } from '../archive/drill-report.ts';
import type { Chunk } from '../archive/manifest.ts';
import type { Observer } from '../ground/progress.ts';
import type { WorkAhead } from '../ground/work-ahead.ts';

/** The items of a phase that does not work on tables. */
export interface CountedItems {
  readonly items: string;
  readonly total: number;
  /** Items that were done before the phase began. */
  readonly done?: number;
}

type CountedChunk = Pick<Chunk, 'key' | 'part' | 'rawBytes'>;

/** Times the phases of a drill or restore, and tells the observer which one is running. */
export class PhaseClock {
  readonly phases: Array<DrillReport['phases'][number]> = [];
  readonly #observer: Observer | undefined;
  readonly #tablesTotal: number;
  readonly #startedAt = performance.now();
  #phase = '';
  #counted: CountedItems | undefined;
  #tablesDone = 0;
  #rawBytes = 0;
  readonly #expectedBytes: number;
  #ahead: WorkAhead | undefined;
  readonly #askAhead = () => this.#ahead?.timeAhead();
  /** Bytes that were counted of each chunk: one that is sent again counts once. */
  readonly #bytesOf = new Map<string, number>();

  constructor(observer: Observer | undefined, tablesTotal: number, expectedBytes: number) {
    this.#observer = observer;
    this.#tablesTotal = tablesTotal;
    this.#expectedBytes = expectedBytes;
  }

  /** Whether somebody watches. */
  get isWatched(): boolean {
    return this.#observer?.onProgress !== undefined;
  }

  /** From here on the clock also says how much time is left. */
  lookAhead(ahead: WorkAhead): void {
    this.#ahead = ahead;
  }

  /** Times a piece of the work that {@link lookAhead} was told of; any other is just done. */
  async piece<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#ahead?.begin(id);
    try {
      return await work();
    } finally {
      this.#ahead?.end(id);
    }
  }

  pieceBegins(id: string): void {
    this.#ahead?.begin(id);
  }

  /** Ends a piece that was begun, or that was done together with others. */
  pieceDone(id: string): void {
    this.#ahead?.end(id);
  }

  /** `share`: how much of a piece is done, from 0 to 1. */
  reached(id: string, share: number): void {
    this.#ahead?.reach(id, share);
    this.#report();
  }

  async time<T>(phase: string, work: () => Promise<T>, counted?: CountedItems): Promise<T> {
    this.#phase = phase;
    this.#counted = counted;
    this.#tablesDone = counted?.done ?? 0;
    this.#report();
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.phases.push({ phase, durationMs: Math.round(performance.now() - startedAt) });
    }
  }

  /** The time since the clock started. */
  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Counts one table, or one item of the phase, as done. */
  tableDone(): void {
    this.#tablesDone += 1;
    this.#report();
  }

  /** Passes the pieces of a chunk on, and counts them. */
  async *countChunk(chunk: CountedChunk, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      this.chunkReached(chunk, bytes);
      yield piece;
    }
  }

  /** The same, for rows that are loaded as they are read, and not timed as a piece by themselves. */
  async *loadChunk(chunk: CountedChunk, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    this.pieceBegins(chunkId(chunk));
    yield* this.countChunk(chunk, pieces);
    this.pieceDone(chunkId(chunk));
  }

  /** Counts what has come of a chunk until now. */
  chunkReached(chunk: CountedChunk, bytes: number): void {
    const id = chunkId(chunk);
    const before = this.#bytesOf.get(id) ?? 0;
    if (bytes <= before) return;
    this.#bytesOf.set(id, bytes);
    this.#rawBytes += bytes - before;
    this.reached(id, chunk.rawBytes === 0 ? 1 : bytes / chunk.rawBytes);
  }

  #report(): void {
    this.#observer?.onProgress?.({
      phase: this.#phase,
      tablesDone: this.#tablesDone,
      tablesTotal: this.#counted?.total ?? this.#tablesTotal,
      ...(this.#counted ? { items: this.#counted.items } : {}),
      rawBytes: this.#rawBytes,
      expectedBytes: this.#expectedBytes,
      ...(this.#ahead ? { ahead: this.#askAhead } : {}),
    });
  }
}
