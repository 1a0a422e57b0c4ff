import { LifeboatError } from '../../ground/errors.ts';

/**
 * The limit for quick deaths: endless recursion, memory, a conversion that PGlite cannot do. A restart takes
 * seconds.
 */
const MOST_DEATHS = 25;
/** The limit for overdue statements, each of which has already cost a whole deadline. */
const MOST_OVERDUE = 3;

/** Counts the deaths of a server until it is given up, and remembers the settings to repeat after each. */
export class Lives {
  #deaths = 0;
  #overdue = 0;
  readonly #settings = new Map<string, string>();

  /**
   * Why the server died, as a clause. Undefined if `error` has another reason, or the server died too often.
   */
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

  /**
   * Remembers a SET of the session, not of a transaction. The session user is set again after every entry
   * anyway.
   */
  remember(sql: string): void {
    const name = /^SET\s+([a-z_][\w.]*)/i.exec(sql)?.[1]?.toLowerCase();
    if (name === undefined || name === 'local' || name === 'session') return;
    // The latest setting comes last, because it may depend on earlier ones.
    this.#settings.delete(name);
    this.#settings.set(name, sql);
  }

  get settings(): readonly string[] {
    return [...this.#settings.values()];
  }
}
