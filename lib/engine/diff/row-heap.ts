import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowRecord } from './row-reader.ts';

/** A record begins with key length, line length and hash. */
const HEADER_BYTES = 16;
const PIECE_BYTES = 64 * 1024;
const READ_BYTES = 1024 * 1024;

/** One row that was kept in a heap. */
export interface KeptRow {
  readonly key: string;
  readonly hash: bigint;
  readonly line: Buffer | undefined;
}

/** Rows of one side whose keys share a hash, in memory or in a file. */
class Heap {
  readonly #file: string | undefined;
  #stream: WriteStream | undefined;
  #gathered: Buffer[] = [];
  #size = 0;
  /** All records of a heap without a file. */
  readonly #kept: Buffer[] = [];

  constructor(file: string | undefined) {
    this.#file = file;
  }

  add(record: Buffer): void {
    this.#gathered.push(record);
    this.#size += record.length;
    if (this.#size >= PIECE_BYTES) this.#flush();
  }

  /** Resolves once the file has taken what was added so far. */
  async drained(): Promise<void> {
    if (this.#stream?.writableNeedDrain) await once(this.#stream, 'drain');
  }

  async finish(): Promise<void> {
    this.#flush();
    const stream = this.#stream;
    if (!stream) return;
    stream.end();
    await once(stream, 'close');
  }

  async *pieces(): AsyncGenerator<Buffer> {
    if (this.#file === undefined) yield* this.#kept;
    else if (this.#stream) yield* readFile(this.#file);
  }

  #flush(): void {
    if (this.#size === 0) return;
    const piece = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#size = 0;
    if (this.#file === undefined) {
      this.#kept.push(piece);
    } else {
      this.#stream ??= createWriteStream(this.#file, { mode: 0o600 });
      this.#stream.write(piece);
    }
  }
}

async function* readFile(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

export interface HeapOptions {
  /** The number of heaps; it must be the same for both sides. */
  readonly count: number;
  /** The directory of the heaps' files; undefined: the heaps are in memory. */
  readonly directory: string | undefined;
  readonly name: string;
  readonly keepLines: boolean;
}

/** The rows of one side of a table, in heaps that are small enough to be compared in memory one by one. */
export class RowHeaps {
  readonly #heaps: readonly Heap[];
  readonly #keepLines: boolean;

  constructor({ count, directory, name, keepLines }: HeapOptions) {
    this.#heaps = Array.from(
      { length: count },
      (_, index) => new Heap(directory === undefined ? undefined : join(directory, `${name}-${index}`)),
    );
    this.#keepLines = keepLines;
  }

  add({ key, hash, line }: RowRecord): void {
    const kept = this.#keepLines ? line : undefined;
    const record = Buffer.allocUnsafe(HEADER_BYTES + key.length + (kept?.length ?? 0));
    record.writeUInt32LE(key.length, 0);
    record.writeUInt32LE(kept?.length ?? 0, 4);
    record.writeBigUInt64LE(hash, 8);
    record.set(key, HEADER_BYTES);
    if (kept) record.set(kept, HEADER_BYTES + key.length);
    this.#heaps[heapOf(key, this.#heaps.length)]?.add(record);
  }

  async drained(): Promise<void> {
    for (const heap of this.#heaps) await heap.drained();
  }

  async finish(): Promise<void> {
    for (const heap of this.#heaps) await heap.finish();
  }

  async *rows(index: number): AsyncGenerator<KeptRow[]> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const piece of this.#heaps[index]?.pieces() ?? []) {
      const bytes: Buffer = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const rows: KeptRow[] = [];
      let at = 0;
      for (let size = sizeAt(bytes, at); size !== undefined; size = sizeAt(bytes, at)) {
        rows.push(this.#rowAt(bytes, at));
        at += size;
      }
      rest = bytes.subarray(at);
      yield rows;
    }
  }

  #rowAt(bytes: Buffer, at: number): KeptRow {
    const keyEnd = at + HEADER_BYTES + bytes.readUInt32LE(at);
    return {
      key: bytes.toString('latin1', at + HEADER_BYTES, keyEnd),
      hash: bytes.readBigUInt64LE(at + 8),
      line: this.#keepLines ? bytes.subarray(keyEnd, keyEnd + bytes.readUInt32LE(at + 4)) : undefined,
    };
  }
}

/** The size of the record at `at`; undefined until all of its bytes have arrived. */
function sizeAt(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < HEADER_BYTES) return undefined;
  const size = HEADER_BYTES + bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4);
  return bytes.length - at < size ? undefined : size;
}

/** The heap of a key, by FNV-1a: it is the same on both sides. */
function heapOf(key: Buffer, count: number): number {
  if (count === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % count;
}
