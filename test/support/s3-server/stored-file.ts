import { createReadStream } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Bytes of one PUT, in a file of their own, so that gigabytes do not sit in memory. Whoever reads them retains the
 * file first: it goes when its object was replaced and the last reader is done.
 */
export class StoredFile {
  readonly sizeBytes: number;
  readonly #path: string;
  #holders = 1;

  private constructor(path: string, sizeBytes: number) {
    this.#path = path;
    this.sizeBytes = sizeBytes;
  }

  /** Writes `bytes` below `directory`. Nothing is left of it when `bytes` throws. */
  static async write(directory: string, bytes: AsyncIterable<Buffer>): Promise<StoredFile> {
    const path = join(directory, `bytes-${process.pid}-${serial++}`);
    const handle = await open(path, 'wx');
    let sizeBytes = 0;
    try {
      for await (const piece of bytes) {
        await handle.writeFile(piece);
        sizeBytes += piece.length;
      }
    } catch (error) {
      await unlink(path);
      throw error;
    } finally {
      await handle.close();
    }
    return new StoredFile(path, sizeBytes);
  }

  /** `from` and `to` count from 0; `to` is not included. */
  async *read(from = 0, to = this.sizeBytes): AsyncGenerator<Buffer> {
    if (from < to)
      yield* createReadStream(this.#path, { start: from, end: to - 1, highWaterMark: 256 * 1024 });
  }

  retain(): void {
    this.#holders++;
  }

  async release(): Promise<void> {
    if (--this.#holders === 0) await unlink(this.#path);
  }
}

let serial = 0;

/** One object's bytes: one file, or one for each part. */
export async function* readFiles(
  files: readonly StoredFile[],
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  let start = 0;
  for (const file of files) {
    const end = start + file.sizeBytes;
    if (from < end && to > start) yield* file.read(Math.max(from - start, 0), Math.min(to, end) - start);
    start = end;
  }
}
