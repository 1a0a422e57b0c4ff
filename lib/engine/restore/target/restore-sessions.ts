import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import type { Observer } from '../../ground/progress.ts';
import { openServerTarget, type ServerTarget } from '../../target/server/open-server-target.ts';
import { TargetStatementError } from '../../target/target.ts';
import { endBackends } from './end-backends.ts';
import { lockDatabase } from './lock-database.ts';

export interface SessionsOptions {
  readonly settings: ConnectionSettings;
  /** The encoding of COPY text, which is the source's. */
  readonly encoding: string;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/**
 * The sessions of one restore. The first works alone where the order matters; all work in parallel where it
 * does not. When one of them fails for good, all others are aborted at once.
 */
export class RestoreSessions {
  readonly main: ServerTarget;
  /** Aborts when the caller stops the restore, or when a session fails. */
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

  /** Allows one restore at a time: throws `restore-running` when another one runs in this database. */
  async lockDatabase(): Promise<void> {
    await lockDatabase(this.main);
  }

  /** Opens sessions until there are `jobs` of them, including the first. If one cannot be opened, all end. */
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

  /** Opens a session that only looks, and is no part of the work. Its owner closes it. */
  async openObserver(): Promise<ServerTarget> {
    return await openServerTarget(this.#options.settings, targetOptions(this.#options, this.signal));
  }

  /** Runs SET statements in every session, also in those that are opened later. */
  async set(settings: readonly string[]): Promise<void> {
    this.#settings.push(...settings);
    for (const session of this.all) for (const setting of settings) await session.execute(setting);
  }

  get all(): readonly ServerTarget[] {
    return [this.main, ...this.#others];
  }

  /**
   * Runs `work` on every item, one at a time in each session, and takes the items in their order. A failure
   * ends all sessions: a restore that cannot continue should not seem to run.
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

  /** Lets every session do its part of the work; the failure of one ends the others. */
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

  /** Closes all sessions. After a failure it also terminates their backends, if the server permits. */
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

/** Whether the server refused a statement. The report names refusals; other errors end the restore. */
export function isRefusal(error: unknown): error is TargetStatementError {
  return error instanceof TargetStatementError;
}
