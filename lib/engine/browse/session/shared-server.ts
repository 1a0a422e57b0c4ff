import type { TableData } from '../../archive/manifest.ts';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import { simpleQuery } from '../../target/embedded/answer-reader.ts';
import { errorResponse, readyForQuery, type Saying } from '../../wire/backend-messages.ts';
import { sqlOf, statementNameOf } from '../../wire/statement-names.ts';
import type { BackupCopy, LoadOptions, Opened } from '../copy/backup-copy.ts';
import { describeTables } from '../copy/describe-tables.ts';
import { type MissingRelation, missingRelation, namesIn } from '../copy/missing-relation.ts';
import { Backend, DeadBackendError, TransactionLostError } from './backend.ts';
import { type Batch, batchOf } from './batch.ts';
import { ClientSession } from './client-session.ts';
import { type AnswerSink, HeldAnswer } from './held-answer.ts';
import { Turns } from './turns.ts';

/** Observes what is loaded, because a person named it or a statement needs it. */
export interface LoadObserver {
  onLoad(tables: readonly TableData[]): void;
  onTable(table: TableData): void;
  onBytes(rawBytes: number): void;
  onLoaded(tables: readonly TableData[], durationMs: number): void;
}

const CANCELLED: Saying = {
  severity: 'ERROR',
  code: '57014',
  message: 'canceling statement due to user request',
};
const TRANSACTION_LOST: Saying = {
  severity: 'ERROR',
  code: '40001',
  message: 'the transaction was rolled back for another connection and cannot be repeated automatically',
  hint: 'Start the transaction again. All connections share one server: see the limits in docs/browse.md.',
};
const READ_ONLY_HINT =
  'This is a read-only copy of a backup. `lifeboat restore` restores it into a database that you can change.';
const READ_ONLY_STATES = new Set(['25006', '42501']);
/** The server's error when a confined session tries to become another role (guc.c). */
const BECOMES_ANOTHER =
  /^cannot set parameter "(?:session_authorization|role)" within security-definer function$/;
const UNDEFINED_STATEMENT = '26000';
/** Puts the server into a failed transaction, for a client that was interrupted in its own. */
const FAILED_TRANSACTION = ['BEGIN', 'SELECT 1/0'].map((sql) =>
  batchOf([{ type: 'Q', bytes: Buffer.from(simpleQuery(sql)) }]),
);

/**
 * One embedded server for several clients, which runs one batch at a time. If a client has a transaction open
 * when another client's batch comes, the transaction is rolled back, and repeated when its client goes on. A
 * statement that needs a table waits until the table is loaded.
 */
export class SharedServer {
  readonly #copy: BackupCopy;
  readonly #backend: Backend;
  readonly #observer: LoadObserver | undefined;
  readonly #mostUnaskedBytes: number;
  readonly #turns = new Turns();
  #nextId = 1;
  /** Batches that run or wait for their turn. */
  readonly #runs = new Set<Run>();
  #running: Run | undefined;
  /** Set while the server restarts. */
  #restarting: Promise<void> | undefined;

  /** `mostUnaskedBytes`: the most COPY text that one statement may load. */
  constructor(copy: BackupCopy, options: { observer?: LoadObserver; mostUnaskedBytes: number }) {
    this.#copy = copy;
    this.#observer = options.observer;
    this.#mostUnaskedBytes = options.mostUnaskedBytes;
    this.#backend = new Backend(copy.target, copy.owner, copy.defaults);
  }

  /** Opens a session. Settings that the server does not accept are ignored. */
  join(settings: ReadonlyMap<string, string>): Promise<ClientSession> {
    return this.#turns.take(async () => {
      const session = new ClientSession(this.#nextId);
      this.#nextId += 1;
      session.settings = await this.#backend.acceptable(settings);
      return session;
    });
  }

  /** The parameters that a new client is told, by name. */
  parametersFor(session: ClientSession): Promise<ReadonlyMap<string, string>> {
    return this.#turns.take(async () => {
      await this.#backend.become(session);
      return this.#backend.reportedParameters();
    });
  }

  /**
   * Runs a batch to its end. Resolves to the error that prevented rows from being fetched, if any; the client
   * gets it as a sentence. Rejects only when the server has failed.
   */
  async run(session: ClientSession, batch: Batch, sink: AnswerSink): Promise<LifeboatError | undefined> {
    if (session.skips(batch)) return undefined;
    const run: Run = { session, batch, sink, cancelled: new AbortController(), isLoading: false };
    this.#runs.add(run);
    await this.#turns.take(async () => {
      this.#running = run;
      try {
        await this.#runOrSayWhyNot(run);
      } finally {
        this.#running = undefined;
        this.#runs.delete(run);
        // A cancel that came too late still restarts the server.
        await this.#restarting;
      }
    });
    this.#useTheQuiet();
    return run.failure;
  }

  /** Cancels what the session runs or waits to run: a load aborts, a statement ends with the thread. */
  cancel(session: ClientSession): void {
    for (const run of this.#runs) {
      if (run.session !== session || run.cancelled.signal.aborted) continue;
      run.cancelled.abort(new Error('cancelled'));
      if (run === this.#running && !run.isLoading) this.#restarting ??= this.#restart();
    }
  }

  /** Ends the session of a client that has disconnected. */
  async leave(session: ClientSession): Promise<void> {
    this.cancel(session);
    await this.#turns.take(() => this.#backend.end(session));
  }

  /** Loads tables that a person named. */
  async load(tables: readonly TableData[], signal: AbortSignal): Promise<void> {
    await this.#turns.take(async () => {
      await this.#backend.becomeOwner();
      this.#observer?.onLoad(tables);
      await this.#copy.load(tables, this.#loadOptions(signal));
    });
    this.#useTheQuiet();
  }

  async #runOrSayWhyNot(run: Run): Promise<void> {
    const { session, cancelled } = run;
    try {
      cancelled.signal.throwIfAborted();
      await this.#runWithCures(run);
    } catch (error) {
      const wasOpen = session.isOpen;
      if (cancelled.signal.aborted) {
        await this.#restarting;
        answer(run, CANCELLED, wasOpen);
      } else if (error instanceof TransactionLostError) {
        answer(run, TRANSACTION_LOST, false);
      } else if (error instanceof DeadBackendError) {
        await this.#restart();
        answer(run, died(error), wasOpen);
      } else {
        throw error;
      }
    }
  }

  async #runWithCures(run: Run): Promise<void> {
    const { session, batch, sink } = run;
    for (;;) {
      await this.#backend.become(session);
      const held = new HeldAnswer(sink);
      const { error, status } = await this.#backend.exchange(session, batch, held);
      const cure = error && held.isHeld ? await this.#cure(run, error) : 'none';
      if (cure === 'again') continue;
      session.note(batch, status, error !== undefined);
      held.release(cure === 'none' ? undefined : errorResponse(cure));
      return;
    }
  }

  /** Removes the cause of an error (`again`), or returns a better error for the client; else `none`. */
  async #cure(run: Run, error: ReadonlyMap<string, string>): Promise<'again' | 'none' | Saying> {
    const { session, batch } = run;
    const code = error.get('C') ?? '';
    if (
      code === UNDEFINED_STATEMENT &&
      !run.hasForgotten &&
      statementsIn(batch).every((name) => session.statements.has(name))
    ) {
      run.hasForgotten = true;
      await this.#backend.forgetStatements();
      return 'again';
    }
    const missing = missingRelation(error);
    const opened = missing && (await this.#openRelation(run, missing));
    if (opened?.kind === 'opened') return 'again';
    if (opened?.kind === 'unreadable') return { severity: 'ERROR', code: '55000', message: opened.reason };
    if (!READ_ONLY_STATES.has(code)) return 'none';
    const said = error.get('M') ?? '';
    const text = BECOMES_ANOTHER.test(said) ? 'a client of a backup cannot become another role' : said;
    return { severity: 'ERROR', code, message: text, hint: READ_ONLY_HINT };
  }

  async #openRelation(run: Run, missing: MissingRelation): Promise<Opened> {
    const { session, batch, sink, cancelled } = run;
    await this.#backend.becomeOwner();
    const startedAt = performance.now();
    let loaded: readonly TableData[] = [];
    run.isLoading = true;
    try {
      cancelled.signal.throwIfAborted();
      const names = namesIn(statementTexts(session, batch));
      return await this.#copy.openRelation(missing, names, {
        ...this.#loadOptions(cancelled.signal),
        mostBytes: this.#mostUnaskedBytes,
        onNotice: (notice) => sink.notice(notice),
        onLoad: (tables) => {
          loaded = tables;
          sink.notice(`loading ${describeTables(tables)}`);
          this.#observer?.onLoad(tables);
        },
      });
    } catch (error) {
      cancelled.signal.throwIfAborted();
      // The vault failed or the disk is full: other tables can still be read.
      if (!(error instanceof LifeboatError) || error.kind === 'drill') throw error;
      run.failure = error;
      loaded = [];
      return { kind: 'unreadable', reason: error.what };
    } finally {
      run.isLoading = false;
      if (loaded.length > 0) this.#observer?.onLoaded(loaded, performance.now() - startedAt);
    }
  }

  #loadOptions(signal: AbortSignal): LoadOptions {
    return {
      signal,
      onTable: (table) => this.#observer?.onTable(table),
      onBytes: (rawBytes) => this.#observer?.onBytes(rawBytes),
    };
  }

  /** Creates the postponed keys and indexes, one at a time, as long as the server is idle. */
  #useTheQuiet(): void {
    if (!this.#turns.isIdle || !this.#copy.hasPostponed || this.#backend.isInTransaction) return;
    const turn = this.#turns.take(async () => {
      await this.#backend.becomeOwner();
      await this.#copy.makeNextIndex();
    });
    // If the server is closed in the meantime, it needs no index.
    turn.then(() => this.#useTheQuiet()).catch(() => {});
  }

  async #restart(): Promise<void> {
    try {
      await this.#backend.restart();
    } finally {
      this.#restarting = undefined;
    }
  }
}

/** One batch of one client, while it has its turn. */
interface Run {
  readonly session: ClientSession;
  readonly batch: Batch;
  readonly sink: AnswerSink;
  readonly cancelled: AbortController;
  isLoading: boolean;
  hasForgotten?: boolean;
  /** The error that prevented rows from being fetched. */
  failure?: LifeboatError;
}

/** Ends a batch with our own error. A client that was in a transaction then finds it failed, or gone. */
function answer({ session, batch, sink }: Run, saying: Saying, leavesFailedTransaction: boolean): void {
  if (leavesFailedTransaction) session.failWith(FAILED_TRANSACTION);
  else session.forgetTransaction();
  sink.write(errorResponse(saying));
  if (batch.isComplete) sink.write(readyForQuery(session.status));
}

function died(error: DeadBackendError): Saying {
  return {
    severity: 'ERROR',
    code: 'XX000',
    message: `the embedded PostgreSQL ended during this statement and was restarted: ${messageOf(error)}`,
  };
}

function statementsIn({ messages }: Batch): string[] {
  return messages.flatMap((message) => statementNameOf(message) ?? []);
}

/** The SQL of a batch, including that of statements that it prepared earlier. */
function statementTexts(session: ClientSession, batch: Batch): string[] {
  return batch.messages.flatMap((message) => {
    const prepared = session.statements.get(statementNameOf(message) ?? '');
    return [sqlOf(message), prepared && sqlOf(prepared)].flatMap((text) => text ?? []);
  });
}
