import type { TransactionStatus } from '../../wire/backend-messages.ts';
import type { FrontendMessage } from '../../wire/frontend-reader.ts';
import type { Batch } from './batch.ts';

/** A longer transaction is not logged, and cannot be repeated. */
const MOST_LOGGED_BYTES = 1024 * 1024;
const MOST_LOGGED_BATCHES = 500;

/**
 * The state of one client, which a server with several sessions would hold: settings, prepared statements, a
 * transaction. Rows never change here, so a transaction that is rolled back and repeated reads the same rows.
 */
export class ClientSession {
  readonly id: number;
  /** Parameters that the client has set, by name. */
  settings: ReadonlyMap<string, string> = new Map();
  /** Whether {@link settings} may be out of date. */
  settingsTouched = false;
  /** Possible names of custom settings in what the client has sent. */
  readonly customSettings = new Set<string>();
  /** The Parse messages of its prepared statements, by the client's own names. */
  readonly statements = new Map<string, FrontendMessage>();
  status: TransactionStatus = 'I';
  #pipelineOpen = false;
  #skipsToSync = false;
  #log: Batch[] = [];
  #loggedBytes = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Whether it has an open transaction or pipeline, which ends when another client gets the server. */
  get isOpen(): boolean {
    return this.status !== 'I' || this.#pipelineOpen;
  }

  /**
   * Whether a server would ignore this batch, because a pipeline has failed and its Sync has not come
   * (PostgreSQL manual, "Extended Query" of the message flow).
   */
  skips(batch: Batch): boolean {
    return this.#skipsToSync && !batch.endsPipeline;
  }

  /** Whether an error in this batch leaves a server waiting for Sync. */
  mayFailWithoutSync(batch: Batch): boolean {
    return !batch.endsPipeline && (batch.isExtended || this.#pipelineOpen);
  }

  /** The batches since its transaction began; undefined if they were too many to keep. */
  get log(): readonly Batch[] | undefined {
    return this.#loggedBytes > MOST_LOGGED_BYTES || this.#log.length > MOST_LOGGED_BATCHES
      ? undefined
      : this.#log;
  }

  /** Notes that a batch was answered. Only a complete batch ends with a status. */
  note(batch: Batch, status: TransactionStatus | undefined, hasFailed = false): void {
    if (batch.touchesSettings) this.settingsTouched = true;
    for (const name of batch.customSettings) this.customSettings.add(name);
    if (batch.forgetsStatements && status === 'I') this.statements.clear();
    this.#skipsToSync = hasFailed && status === undefined;
    this.#pipelineOpen = !batch.isComplete || this.#skipsToSync;
    if (status !== undefined) this.status = status;
    if (this.isOpen) {
      this.#loggedBytes += batch.sizeBytes;
      if (this.log) this.#log.push(batch);
    } else {
      this.forgetTransaction();
    }
  }

  forgetTransaction(): void {
    this.status = 'I';
    this.#pipelineOpen = false;
    this.#skipsToSync = false;
    this.#log = [];
    this.#loggedBytes = 0;
  }

  /** Replaces the transaction by a failed one, `log`: the real one cannot be repeated. */
  failWith(log: readonly Batch[]): void {
    this.forgetTransaction();
    for (const batch of log) this.note(batch, 'E');
  }
}
