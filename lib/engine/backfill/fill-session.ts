import type pg from 'pg';
import { connect, type Session } from '../connection/connect.ts';
import { valueSettings } from '../connection/session-settings.ts';
import { targetError } from '../target/server/refusal.ts';
import { asTargetFailure } from '../target/server/target-failure.ts';
import type { BackfillRequest } from './backfill-request.ts';

type Settings = Pick<
  BackfillRequest,
  'settings' | 'signal' | 'statementTimeoutMs' | 'lockTimeoutMs' | 'withoutTriggers'
>;

/** Kept as Lifeboat sets them: rows that a policy hides are an error, and a backslash in a literal is itself. */
const KEPT = /^SET (?:row_security|standard_conforming_strings|jit) /;

/**
 * What a transaction sets first: expressions compute as they do for the application, so everything that decides
 * values is as the database and the role have it. SET LOCAL, because a pooler may give the next transaction to
 * another session.
 */
function settingsOf({ statementTimeoutMs, lockTimeoutMs, withoutTriggers }: Settings): string {
  return [
    'BEGIN',
    ...valueSettings().map((one) =>
      KEPT.test(one)
        ? one.replace(/^SET /, 'SET LOCAL ')
        : one.replace(/^SET (\w+) = .*$/s, 'SET LOCAL $1 TO DEFAULT'),
    ),
    'SET LOCAL default_transaction_read_only = off',
    `SET LOCAL statement_timeout = ${statementTimeoutMs}`,
    `SET LOCAL lock_timeout = ${lockTimeoutMs}`,
    ...(withoutTriggers ? ["SET LOCAL session_replication_role = 'replica'"] : []),
  ].join('; ');
}

export type Ask = <Row extends pg.QueryResultRow = Record<string, string | null>>(
  sql: string,
  values?: readonly unknown[],
) => Promise<pg.QueryResult<Row>>;

/** One session of a backfill. It connects anew when it was lost. */
export class FillSession {
  readonly #of: Settings;
  readonly #begin: string;
  #session: Session | undefined;

  constructor(of: Settings) {
    this.#of = of;
    this.#begin = settingsOf(of);
  }

  /** The connection itself, outside a transaction, with an empty search_path. */
  async client(): Promise<pg.Client> {
    if (this.#session && !this.#session.lost.aborted) return this.#session.client;
    const { settings, signal, statementTimeoutMs } = this.#of;
    try {
      this.#session = await connect(settings, { signal, longestSilenceMs: statementTimeoutMs + 60_000 });
    } catch (error) {
      throw asTargetFailure(error);
    }
    return this.#session.client;
  }

  /** All of `work`, or nothing. Errors are those of {@link targetError}: without values of rows. */
  async transaction<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
    const client = await this.client();
    const ask: Ask = async (sql, values = []) => {
      this.#of.signal.throwIfAborted();
      try {
        return await client.query(sql, [...values]);
      } catch (error) {
        throw targetError(error, sql, this.#of.settings);
      }
    };
    try {
      await ask(this.#begin);
      const result = await work(ask);
      await ask('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => this.close());
      throw error;
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.end().catch(() => {});
  }
}
