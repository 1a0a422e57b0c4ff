import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { Observer } from '../../ground/progress.ts';
import { openServerTarget, type ServerTarget } from '../../target/server/open-server-target.ts';
import { TargetStatementError } from '../../target/target.ts';
import { endBackends } from './end-backends.ts';

export interface SessionsOptions {
  readonly settings: ConnectionSettings;
  /** Of COPY text: the source's. */
  readonly encoding: string;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/** Lifeboat's own advisory lock, of which a database gives out one: `LIFE`, `BOAT` in ASCII. */
const RESTORE_LOCK = '1279871557, 1112490324';

/**
 * The sessions of one restore. The first speaks alone where the order matters; all work side by side where it does not.
 * When one of them fails for good, so do the others, at once.
 */
export class RestoreSessions {
  readonly main: ServerTarget;
  /** Aborts when the restore is to end: by whoever asked for it, or because a session failed. */
  readonly signal: AbortSignal;
  readonly #options: SessionsOptions;
  readonly #stop: AbortController;
  readonly #others: ServerTarget[] = [];
  readonly #settings: string[] = [];

  private constructor(
    main: ServerTarget,
    options: SessionsOptions,
    stop: AbortController,
    signal: AbortSignal,
  ) {
    this.main = main;
    this.#options = options;
    this.#stop = stop;
    this.signal = signal;
  }

  static async open(options: SessionsOptions): Promise<RestoreSessions> {
    const stop = new AbortController();
    const signal = AbortSignal.any([options.signal, stop.signal]);
    const main = await openServerTarget(options.settings, targetOptions(options, signal));
    return new RestoreSessions(main, options, stop, signal);
  }

  /** One restore at a time: throws `restore-running` when another one is at work in this database. */
  async lockDatabase(): Promise<void> {
    const { rows } = await this.main.execute(
      `SELECT pg_catalog.pg_try_advisory_lock(${RESTORE_LOCK}) AS locked`,
    );
    if (rows[0]?.locked === 't') return;
    throw new LifeboatError({
      code: 'restore-running',
      kind: 'target',
      what: `Another restore is at work in ${this.main.display}.`,
      meaning: 'Or one that was cut a moment ago: the server takes some seconds to notice.',
      remedy: 'Wait for it to end; pg_stat_activity shows its sessions, called lifeboat.',
    });
  }

  /** Opens as many sessions as shall work side by side, the first included. One that cannot be had ends all of them. */
  async openOthers(jobs: number): Promise<void> {
    const missing = Math.max(0, jobs - this.all.length);
    await this.#allOrNone(Array.from({ length: missing }, () => this.#openAnother()));
  }

  async #openAnother(): Promise<void> {
    const options = targetOptions(this.#options, this.signal);
    const session = await openServerTarget(this.#options.settings, options);
    this.#others.push(session);
    for (const setting of this.#settings) await session.execute(setting);
  }

  /** For every session, those included that are still to be opened. */
  async set(settings: readonly string[]): Promise<void> {
    this.#settings.push(...settings);
    for (const session of this.all) for (const setting of settings) await session.execute(setting);
  }

  get all(): readonly ServerTarget[] {
    return [this.main, ...this.#others];
  }

  /**
   * Runs `work` on every item, an item at a time in each session, in the items' order as far as sessions are free. A
   * failure ends all sessions, for a restore that cannot go on should not seem to.
   */
  async each<Item>(
    items: Iterable<Item>,
    work: (session: ServerTarget, item: Item) => Promise<void>,
  ): Promise<void> {
    const queue = items[Symbol.iterator]();
    await this.together(async (session) => {
      for (let next = queue.next(); !next.done; next = queue.next()) await work(session, next.value);
    });
  }

  /** Lets every session do its part of a work; the failure of one ends the others. */
  async together(part: (session: ServerTarget) => Promise<void>): Promise<void> {
    await this.#allOrNone(this.all.map(part));
  }

  /** Waits until every part has ended; the first that fails ends the others. */
  async #allOrNone(parts: ReadonlyArray<Promise<void>>): Promise<void> {
    const watched = parts.map((part) =>
      part.catch((error: unknown) => {
        this.#stop.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(watched);
    this.signal.throwIfAborted();
    await Promise.all(watched);
  }

  /** Ends all sessions; after a failure also what the server is still at for them, as far as it lets us. */
  async close(): Promise<void> {
    const pids = this.all.map(({ backendPid }) => backendPid);
    const wasCut = this.signal.aborted;
    await Promise.all(this.all.map((session) => session.close()));
    if (wasCut) await endBackends(this.#options.settings, pids);
  }
}

function targetOptions({ encoding, observer }: SessionsOptions, signal: AbortSignal) {
  return { encoding, signal, ...(observer?.onRetry ? { onRetry: observer.onRetry } : {}) };
}

/** What the server refuses one statement for is told and not fatal; everything else is. */
export function isRefusal(error: unknown): error is TargetStatementError {
  return error instanceof TargetStatementError;
}
