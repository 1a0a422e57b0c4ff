import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const SEGMENT_NAME = /^[0-9A-F]{24}$/;
/**
 * Segments of 16 MB. It must exceed what a checkpoint keeps (`max_wal_size`), or every check would request
 * another.
 */
const MOST_SEGMENTS = 12;
/** Statements between two checks of the directory: a schema statement writes a few kilobytes at most. */
const STATEMENTS_BETWEEN_LOOKS = 200;

/**
 * Decides when a checkpoint is due. PostgreSQL without its postmaster never starts a checkpoint by itself, so
 * its WAL would grow during the whole drill.
 */
export class WriteAheadLog {
  readonly #directory: string;
  #unseenStatements = 0;

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'pg_wal');
  }

  /** Must be called after every statement. `bulk` means that it may have written a lot. */
  async needsCheckpoint(bulk: boolean): Promise<boolean> {
    this.#unseenStatements += 1;
    if (!bulk && this.#unseenStatements < STATEMENTS_BETWEEN_LOOKS) return false;
    this.#unseenStatements = 0;
    const names = await readdir(this.#directory);
    return names.filter((name) => SEGMENT_NAME.test(name)).length > MOST_SEGMENTS;
  }
}
