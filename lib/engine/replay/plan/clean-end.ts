import type { Epoch, LogEntry } from '../../archive/changes/change-records.ts';
import { lsnOf } from './epoch-log.ts';

/** How far an epoch's stream is known to be free of changes of the schema. */
export interface CleanEnd {
  /** Moments up to here are proven. */
  readonly proven: bigint;
  /** Where the first change of the schema commits, if the event trigger told. */
  readonly ddlAt: bigint | undefined;
}

/**
 * Reads entries one by one, and knows how far they are proven: an entry is, once a later look at the catalog found it as the
 * epoch began, by a snapshot in which all that the entry's stream could hold was over.
 */
export class CleanEndReader {
  readonly #hash: string;
  readonly #publication: string;
  #waiting: Array<{ readonly to: bigint; readonly nextXidAfter: bigint }> = [];
  #proven: bigint;
  #ddlAt: bigint | undefined;
  #hasChanged = false;

  constructor({ catalogHash, publicationHash, from }: Epoch) {
    this.#hash = catalogHash;
    this.#publication = publicationHash;
    this.#proven = lsnOf(from);
  }

  read({ to, nextXidAfter, before, after, ddl = [] }: LogEntry): void {
    for (const { commitLsn } of ddl) {
      const at = lsnOf(commitLsn);
      if (this.#ddlAt === undefined || at < this.#ddlAt) this.#ddlAt = at;
    }
    if (this.#hasChanged) return;
    this.#look(before);
    this.#waiting.push({ to: lsnOf(to), nextXidAfter: BigInt(nextXidAfter) });
    this.#look(after);
  }

  get end(): CleanEnd {
    return { proven: this.#proven, ddlAt: this.#ddlAt };
  }

  #look({ catalogHash, publicationHash, xmin }: LogEntry['before']): void {
    this.#hasChanged ||= catalogHash !== this.#hash || publicationHash !== this.#publication;
    if (this.#hasChanged) return;
    const seen = BigInt(xmin);
    while (this.#waiting[0] && this.#waiting[0].nextXidAfter <= seen) {
      this.#proven = this.#waiting[0].to;
      this.#waiting.shift();
    }
  }
}
