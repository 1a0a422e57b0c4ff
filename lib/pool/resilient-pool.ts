import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  type RetryPolicy,
  retry,
} from 'cockatiel';
import pg from 'pg';
import { isServerWithoutTls, isTransient } from '../engine/connection/connection-errors.ts';
import { waitBeforeRetry } from '../engine/connection/retry-wait.ts';
import { LifeboatError } from '../engine/ground/errors.ts';
import { type PoolEnvironment, poolSettings } from './pool-settings.ts';
import { isSafeToRepeat } from './repeatable.ts';

/** Tries again 1, 2, 4, 8 and 16 seconds after the first. */
const RETRIES = 5;
const FAILURES_THAT_OPEN = 5;
const OPEN_MS = 60_000;
/** What pg-pool says when all connections are in use for longer than a caller waits. */
const ALL_IN_USE = 'timeout exceeded when trying to connect';

/** How a {@link ResilientPool} differs from the defaults. */
export interface ResilientPoolOptions {
  /** The variables to read. @default process.env */
  readonly environment?: PoolEnvironment;
  /** The database. @default DATABASE_URL, or libpq's PG… variables */
  readonly connectionString?: string;
  /** What `pg_stat_activity` shows. @default nothing */
  readonly applicationName?: string;
  /** The wait before the first new try, in milliseconds; each of the four others is twice as long. @default 1000 */
  readonly firstWaitMs?: number;
  /** How long everybody is refused once the breaker is open, in milliseconds. @default 60000 */
  readonly openMs?: number;
}

/**
 * A `pg.Pool` that survives a restart or a failover of the server, and takes its limits from `DB_POOL_MAX`,
 * `DB_POOL_MIN`, `DB_CONNECTION_TIMEOUT`, `DB_IDLE_TIMEOUT` and `DB_MAX_LIFETIME` (pool-settings.ts). It is an
 * instance of the `pg.Pool` that is installed beside it, so ORMs take it as theirs.
 *
 * - **New tries.** A connection that fails for a reason that may pass (refused, reset, timed out, starting up, no
 *   slots) is tried again after 1, 2, 4, 8 and 16 seconds, with jitter. A wrong password is not.
 * - **A circuit breaker.** After five callers in a row who got no connection in spite of that, everybody is refused at
 *   once for a minute (`database-unavailable`). Then one caller tries, once.
 * - **Statements.** `query` repeats a single statement that the server rolled back for the sake of others:
 *   serialization failures and deadlocks. Nothing is repeated that may have been carried out.
 *
 * Events besides those of `pg.Pool`: `retry` (error, wait in ms), `unavailable` (error), `available`.
 */
export class ResilientPool extends pg.Pool {
  readonly #retry: RetryPolicy;
  readonly #repeat: RetryPolicy;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #closing = new AbortController();
  readonly #inUse = new Set<pg.PoolClient>();
  #mayDropTls: boolean;

  constructor(options: ResilientPoolOptions = {}) {
    const { environment = process.env, connectionString, applicationName, firstWaitMs, openMs } = options;
    const { config, prefersTls } = poolSettings(environment, connectionString);
    super({ ...config, ...(applicationName === undefined ? {} : { application_name: applicationName }) });
    // Not an override, so that it has every one of pg's signatures.
    this.query = ((...given: unknown[]) => this.#ask(given)) as unknown as pg.Pool['query'];
    this.#mayDropTls = prefersTls;
    // One for each caller that waits.
    setMaxListeners(0, this.#closing.signal);
    const backoff = new DelegateBackoff(({ attempt }: { readonly attempt: number }) =>
      waitBeforeRetry(attempt, firstWaitMs),
    );
    const breaker = new ConsecutiveBreaker(FAILURES_THAT_OPEN);
    this.#breaker = circuitBreaker(handleWhen(isOutage), { halfOpenAfter: openMs ?? OPEN_MS, breaker });
    this.#retry = retry(handleWhen(isOutage), { maxAttempts: RETRIES, backoff });
    this.#repeat = retry(handleWhen(isRolledBackForOthers), { maxAttempts: RETRIES, backoff });
    for (const policy of [this.#retry, this.#repeat])
      policy.onRetry(({ delay, ...reason }) =>
        this.emit('retry', 'error' in reason ? reason.error : undefined, delay),
      );
    this.#breaker.onBreak(() => this.emit('unavailable', unavailable()));
    this.#breaker.onReset(() => this.emit('available'));
    // A connection that dies while it is idle is only replaced. Without a listener it would end the process.
    this.on('error', () => {});
    this.on('acquire', (client) => this.#inUse.add(client));
    this.on('release', (_, client) => this.#inUse.delete(client));
    this.on('remove', (client) => this.#inUse.delete(client as pg.PoolClient));
  }

  /** Whether callers are refused at once, because the server could not be reached for long. */
  get isUnavailable(): boolean {
    return this.#breaker.state === CircuitState.Open;
  }

  /**
   * A connection, which the caller must release. Throws the server's error, or a LifeboatError: `database-unavailable`
   * while the breaker is open, `pool-exhausted` if all connections are in use for longer than DB_CONNECTION_TIMEOUT,
   * `pool-closed` after `end` or `shutdown`.
   */
  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (
      error: Error | undefined,
      client: pg.PoolClient | undefined,
      done: (release?: unknown) => void,
    ) => void,
  ): void;
  override connect(
    callback?: (
      error: Error | undefined,
      client: pg.PoolClient | undefined,
      done: (release?: unknown) => void,
    ) => void,
  ): Promise<pg.PoolClient> | undefined {
    const connected = this.#connect();
    if (callback === undefined) return connected;
    // In a turn of its own, so that what the callback throws is not taken for a failure to connect.
    connected.then(
      (client) =>
        setImmediate(callback, undefined, client, (release) =>
          client.release(release as boolean | Error | undefined),
        ),
      (error) => setImmediate(callback, error, undefined, () => {}),
    );
    return undefined;
  }

  /** Waits until every connection has been released, and closes it. Those who still wait for one are refused. */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    this.#closing.abort(closed());
    if (callback === undefined) return super.end();
    super.end(callback);
    return undefined;
  }

  /**
   * Ends the pool as a service that is being stopped should: nobody gets a connection any more, whoever has one may
   * finish for `graceMs`, and then the rest is cut off, so that the server rolls it back.
   *
   * @returns how many connections were cut off
   */
  async shutdown(graceMs = 10_000): Promise<number> {
    const waiting = new AbortController();
    const ended = this.end().then(() => 'ended' as const);
    const patience = delay(graceMs, 'late' as const, { signal: waiting.signal });
    patience.catch(() => {});
    if ((await Promise.race([ended, patience])) === 'ended') {
      waiting.abort();
      return 0;
    }
    const late = [...this.#inUse];
    // Not released here: that is for those who use them, who would be told off for doing it a second time.
    await Promise.allSettled(late.map((client) => (client as unknown as pg.Client).end()));
    return late.length;
  }

  #ask(given: unknown[]): unknown {
    const ask = super.query as unknown as (...all: unknown[]) => Promise<unknown>;
    if (typeof given.at(-1) === 'function' || !isSafeToRepeat(given[0])) return ask.apply(this, given);
    return this.#repeat.execute(() => ask.apply(this, given), this.#closing.signal);
  }

  async #connect(): Promise<pg.PoolClient> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#breaker.execute(() => {
        const once = this.#breaker.state === CircuitState.HalfOpen;
        const tried = once ? this.#tryOnce() : this.#retry.execute(() => this.#tryOnce(), signal);
        // Who came too late for its caller is nobody's, and `end` would wait for it.
        const kept = tried.then((client) => {
          if (signal.aborted) client.release(true);
          return client;
        });
        return Promise.race([kept, aborted]);
      });
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw unavailable();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #tryOnce(): Promise<pg.PoolClient> {
    this.#closing.signal.throwIfAborted();
    try {
      return await super.connect();
    } catch (error) {
      if (error instanceof Error && error.message === ALL_IN_USE) throw exhausted(this, error);
      if (!this.#mayDropTls || !isServerWithoutTls(error)) throw error;
      this.#mayDropTls = false;
      this.options.ssl = false;
      return await super.connect();
    }
  }
}

/** Whether the server cannot be reached now, but perhaps in a moment. What Lifeboat refuses itself is none. */
function isOutage(error: unknown): boolean {
  return !(error instanceof LifeboatError) && isTransient(error);
}

/** serialization_failure and deadlock_detected: the transaction was rolled back, and may succeed if repeated. */
function isRolledBackForOthers(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40001' || error.code === '40P01');
}

function unavailable(): LifeboatError {
  return new LifeboatError({
    code: 'database-unavailable',
    kind: 'source',
    what: 'The database could not be reached several times in a row.',
    meaning: 'Everybody is refused at once for a minute; then one connection is tried.',
    remedy: 'Look whether the server runs and can be reached from here.',
  });
}

function exhausted({ options }: pg.Pool, cause: Error): LifeboatError {
  return new LifeboatError({
    code: 'pool-exhausted',
    kind: 'source',
    what: `All ${options.max} connections of the pool were in use for ${options.connectionTimeoutMillis} ms.`,
    remedy:
      'Find who keeps connections (a client that is never released, a transaction that waits), or raise DB_POOL_MAX.',
    cause,
  });
}

function closed(): LifeboatError {
  return new LifeboatError({
    code: 'pool-closed',
    kind: 'usage',
    what: 'The pool is being closed, and gives no more connections.',
  });
}
