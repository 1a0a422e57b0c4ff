import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const SEGMENT_NAME = /^[0-9A-F]{24}$/;
/** Of 16 MB each. More than `max_wal_size` lets a checkpoint keep, or every look would ask for another one. */
const MOST_SEGMENTS = 12;
/** Between two looks at the directory: a statement of a schema writes some kilobytes at most. */
const STATEMENTS_BETWEEN_LOOKS = 200;

/**
 * PostgreSQL without its postmaster never makes a checkpoint by itself, so its WAL would grow for as long as the drill
 * lasts. This says when one is due.
 */
export class WriteAheadLog {
  readonly #directory: string;
  #unseenStatements = 0;

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'pg_wal');
  }

  /** To be asked after every statement; `bulk` says that it may have written a lot. */
  async needsCheckpoint(bulk: boolean): Promise<boolean> {
    this.#unseenStatements += 1;
    if (!bulk && this.#unseenStatements < STATEMENTS_BETWEEN_LOOKS) return false;
    this.#unseenStatements = 0;
    const names = await readdir(this.#directory);
    return names.filter((name) => SEGMENT_NAME.test(name)).length > MOST_SEGMENTS;
  }
}
