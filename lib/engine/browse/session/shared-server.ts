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

/** Told what is loaded, whether a person asked for it by name or a statement needs it. */
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
  message: 'the transaction had to give way to another connection and cannot be done again',
  hint: 'Begin it again. Connections share one server here: see the limits in docs/browse.md.',
};
const READ_ONLY_HINT = 'This is a copy of a backup, for reading. `lifeboat restore` makes a database of it.';
const READ_ONLY_STATES = new Set(['25006', '42501']);
/** What the server calls it when a confined session wants to become another role (guc.c). */
const BECOMES_ANOTHER =
  /^cannot set parameter "(?:session_authorization|role)" within security-definer function$/;
const UNDEFINED_STATEMENT = '26000';
/** What a client that was interrupted in its transaction meets next: a transaction that has failed. */
const FAILED_TRANSACTION = ['BEGIN', 'SELECT 1/0'].map((sql) =>
  batchOf([{ type: 'Q', bytes: Buffer.from(simpleQuery(sql)) }]),
);

/**
 * One embedded server for several clients, a batch at a time. Whoever has a transaction open while another one's batch comes
 * has it taken back, and done again when it goes on. A statement that needs a table which is not loaded waits until it is.
 */
export class SharedServer {
  readonly #copy: BackupCopy;
  readonly #backend: Backend;
  readonly #observer: LoadObserver | undefined;
  readonly #mostUnaskedBytes: number;
  readonly #turns = new Turns();
  #nextId = 1;
  /** Under way, or waiting for their turn. */
  readonly #runs = new Set<Run>();
  #running: Run | undefined;
  /** Under way while the server is started again. */
  #restarting: Promise<void> | undefined;

  /** `mostUnaskedBytes`: of COPY text, what is loaded because a statement asks for it. */
  constructor(copy: BackupCopy, options: { observer?: LoadObserver; mostUnaskedBytes: number }) {
    this.#copy = copy;
    this.#observer = options.observer;
    this.#mostUnaskedBytes = options.mostUnaskedBytes;
    this.#backend = new Backend(copy.target, copy.owner, copy.defaults);
  }

  /** A new session. Settings that the server does not take are passed over. */
  join(settings: ReadonlyMap<string, string>): Promise<ClientSession> {
    return this.#turns.take(async () => {
      const session = new ClientSession(this.#nextId);
      this.#nextId += 1;
      session.settings = await this.#backend.acceptable(settings);
      return session;
    });
  }

  /** What a client is told of the server when it comes, by name. */
  parametersFor(session: ClientSession): Promise<ReadonlyMap<string, string>> {
    return this.#turns.take(async () => {
      await this.#backend.become(session);
      return this.#backend.reportedParameters();
    });
  }

  /**
   * Runs a batch to its end, whatever that is. Resolves to what kept rows from being fetched, which the client is told in a
   * sentence. Rejects only when the server cannot be had any more.
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
        // Cancelled when it was done already.
        await this.#restarting;
      }
    });
    this.#useTheQuiet();
    return run.failure;
  }

  /** Ends what the session runs, or waits to run: a load is given up, a statement goes with the server's thread. */
  cancel(session: ClientSession): void {
    for (const run of this.#runs) {
      if (run.session !== session || run.cancelled.signal.aborted) continue;
      run.cancelled.abort(new Error('cancelled'));
      if (run === this.#running && !run.isLoading) this.#restarting ??= this.#restart();
    }
  }

  /** The client is gone. */
  async leave(session: ClientSession): Promise<void> {
    this.cancel(session);
    await this.#turns.take(() => this.#backend.end(session));
  }

  /** Loads tables that a person has named. */
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

  /** Helps where an error can be helped; else says what to tell instead of it. */
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
      // The vault's failure, or a disk that is full: other tables can be read as before.
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

  /** Makes the keys and indexes that were put off, one at a time, as long as nobody wants anything. */
  #useTheQuiet(): void {
    if (!this.#turns.isIdle || !this.#copy.hasPostponed || this.#backend.isInTransaction) return;
    const turn = this.#turns.take(async () => {
      await this.#backend.becomeOwner();
      await this.#copy.makeNextIndex();
    });
    // A server that is closed meanwhile needs no index.
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
  /** Why rows could not be fetched. */
  failure?: LifeboatError;
}

/** Ends a batch with an error of ours, and with it the transaction, or what the client believes to be one. */
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
    message: `the embedded PostgreSQL did not survive this statement, and was started again: ${messageOf(error)}`,
  };
}

function statementsIn({ messages }: Batch): string[] {
  return messages.flatMap((message) => statementNameOf(message) ?? []);
}

/** The SQL of a batch, that of earlier prepared statements included. */
function statementTexts(session: ClientSession, batch: Batch): string[] {
  return batch.messages.flatMap((message) => {
    const prepared = session.statements.get(statementNameOf(message) ?? '');
    return [sqlOf(message), prepared && sqlOf(prepared)].flatMap((text) => text ?? []);
  });
}
