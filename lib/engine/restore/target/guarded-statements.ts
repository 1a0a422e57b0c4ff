import type { ContentDigest } from '../../copy-text/row-digest.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { CopyDestination, StatementOptions, StatementResult, Target } from '../../target/target.ts';
import { TargetStatementError } from '../../target/target.ts';

const SAVEPOINT = 'lifeboat';

/** A session in a transaction, with a savepoint for each statement: a refused one does not undo others. */
export class GuardedStatements implements Target {
  readonly kind = 'server';
  readonly serverMajor: number;
  readonly #session: ServerTarget;

  constructor(session: ServerTarget) {
    this.#session = session;
    this.serverMajor = session.serverMajor;
  }

  async execute(sql: string, options?: StatementOptions): Promise<StatementResult> {
    await this.#session.execute(`SAVEPOINT ${SAVEPOINT}`);
    try {
      const result = await this.#session.execute(sql, options);
      await this.#session.execute(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      return result;
    } catch (error) {
      if (error instanceof TargetStatementError) {
        await this.#session.execute(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      }
      throw error;
    }
  }

  copyIn(destination: CopyDestination, body: AsyncIterable<Uint8Array>): Promise<number> {
    return this.#session.copyIn(destination, body);
  }

  copyOut(query: string): Promise<ContentDigest> {
    return this.#session.copyOut(query);
  }

  /** Does nothing: whoever opened the session closes it. */
  async close(): Promise<void> {}
}
