import { qualifiedName } from '../../ground/sql.ts';
import { replayMismatch } from '../mismatch.ts';
import type { ReplaySession } from './replay-session.ts';

const TEMPORARY = 'pg_temp';

/**
 * A temporary table of this session, for the keys or rows of one batch. It is made once for each table of the source,
 * and emptied after each use.
 */
export class StagingTable {
  readonly name: string;
  readonly #table: string;
  readonly #columns: readonly string[];
  readonly #select: string;
  #isMade = false;

  /** `select`: a query that has its columns, and of which no row is taken. */
  constructor(name: string, columns: readonly string[], select: string) {
    this.#table = name;
    this.name = qualifiedName(TEMPORARY, name);
    this.#columns = columns;
    this.#select = select;
  }

  /** Loads the rows, and lets the planner know how many there are. */
  async fill(
    session: ReplaySession,
    of: string,
    rows: number,
    body: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    if (!this.#isMade)
      await session.execute(`CREATE TEMPORARY TABLE ${this.name} AS ${this.#select} LIMIT 0`);
    this.#isMade = true;
    const taken = await session.copyIn(
      { schema: TEMPORARY, table: this.#table, columns: this.#columns },
      body,
    );
    if (taken !== rows) throw replayMismatch(of, `lost rows on their way: ${taken} of ${rows} arrived`);
    await session.execute(`ANALYZE ${this.name}`);
  }

  async empty(session: ReplaySession): Promise<void> {
    await session.execute(`TRUNCATE ${this.name}`);
  }
}
