import type { TransactionStatus } from '../../wire/backend-messages.ts';
import type { FrontendMessage } from '../../wire/frontend-reader.ts';
import type { Batch } from './batch.ts';

/** More than this is not kept of one transaction: it can then not be begun anew. */
const MOST_LOGGED_BYTES = 1024 * 1024;
const MOST_LOGGED_BATCHES = 500;

/**
 * What one client would have of its own if the server could hold several sessions: settings, prepared statements, a
 * transaction. All rows stand still here, so a transaction that was taken back and done again has read the same.
 */
export class ClientSession {
  readonly id: number;
  /** Parameters that it has set, by name. */
  settings: ReadonlyMap<string, string> = new Map();
  /** Whether {@link settings} may be out of date. */
  settingsTouched = false;
  /** What may be names of custom settings, by what it has sent. */
  readonly customSettings = new Set<string>();
  /** Its prepared statements: the Parse messages, by the client's own names. */
  readonly statements = new Map<string, FrontendMessage>();
  status: TransactionStatus = 'I';
  #pipelineOpen = false;
  #skipsToSync = false;
  #log: Batch[] = [];
  #loggedBytes = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Whether the server holds something of it that ends when others come in between. */
  get isOpen(): boolean {
    return this.status !== 'I' || this.#pipelineOpen;
  }

  /**
   * Whether a server would say nothing to this batch: a pipeline has failed, and its Sync has not come (PostgreSQL manual, "Extended
   * Query" of the message flow).
   */
  skips(batch: Batch): boolean {
    return this.#skipsToSync && !batch.endsPipeline;
  }

  /** Whether an error in this batch leaves a server waiting for Sync. */
  mayFailWithoutSync(batch: Batch): boolean {
    return !batch.endsPipeline && (batch.isExtended || this.#pipelineOpen);
  }

  /** What was sent since its transaction began; undefined when that was too much to be kept. */
  get log(): readonly Batch[] | undefined {
    return this.#loggedBytes > MOST_LOGGED_BYTES || this.#log.length > MOST_LOGGED_BATCHES
      ? undefined
      : this.#log;
  }

  /** After a batch was answered. A status is only known at the end of a complete one. */
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

  /** The transaction failed in a way that cannot be done again: what follows meets a failed transaction. */
  failWith(log: readonly Batch[]): void {
    this.forgetTransaction();
    for (const batch of log) this.note(batch, 'E');
  }
}
