import { LifeboatError } from '../../ground/errors.ts';

/** Deaths that are quick: endless recursion, memory, a conversion that PGlite cannot do. Starting again takes seconds. */
const MOST_DEATHS = 25;
/** Each has cost a whole deadline already. */
const MOST_OVERDUE = 3;

/** Of what a server may die before it is given up, and what has to be said to it again afterwards. */
export class Lives {
  #deaths = 0;
  #overdue = 0;
  readonly #settings = new Map<string, string>();

  /** Why the server is gone, as a clause; undefined when that is not why `error` was thrown, or it was too often. */
  spend(error: unknown): string | undefined {
    if (!(error instanceof LifeboatError)) return undefined;
    if (error.code === 'embedded-target-dead') {
      this.#deaths += 1;
      return this.#deaths > MOST_DEATHS ? undefined : 'died of it';
    }
    if (error.code !== 'embedded-target-overdue') return undefined;
    this.#overdue += 1;
    return this.#overdue > MOST_OVERDUE ? undefined : 'did not finish it and was stopped';
  }

  /** A SET of the session, not of a transaction; who the session is, is said anew behind every entry. */
  remember(sql: string): void {
    const name = /^SET\s+([a-z_][\w.]*)/i.exec(sql)?.[1]?.toLowerCase();
    if (name === undefined || name === 'local' || name === 'session') return;
    // Behind those that were set before: one may depend on another.
    this.#settings.delete(name);
    this.#settings.set(name, sql);
  }

  get settings(): readonly string[] {
    return [...this.#settings.values()];
  }
}
