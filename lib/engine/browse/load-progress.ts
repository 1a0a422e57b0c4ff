import type { TableData } from '../archive/manifest.ts';
import type { Observer } from '../ground/progress.ts';
import { describeTables } from './copy/describe-tables.ts';
import type { LoadObserver } from './session/shared-server.ts';

/** Loading this much takes a second or more. */
const WORTH_ANNOUNCING_BYTES = 32 * 1024 * 1024;

/** Reports the progress of the start, and later a line or two for each large load that a statement needs. */
export class LoadProgress implements LoadObserver {
  readonly #observer: Observer | undefined;
  #phase = '';
  #tables: readonly TableData[] = [];
  #tablesDone = 0;
  #rawBytes = 0;
  #isStarting = true;

  constructor(observer: Observer | undefined) {
    this.#observer = observer;
  }

  begin(phase: string): void {
    this.#phase = phase;
    this.#report();
  }

  /** Called when clients may connect. */
  started(): void {
    this.#isStarting = false;
  }

  onLoad(tables: readonly TableData[]): void {
    if (!this.#isStarting) {
      this.#announce(tables);
      return;
    }
    // A walk along foreign keys asks for the same tables again and again.
    this.#tables = [...new Set([...this.#tables, ...tables])];
    this.begin('rows');
  }

  /** Shows in this terminal why a client waits. */
  #announce(tables: readonly TableData[]): void {
    const rawBytes = tables.reduce((sum, table) => sum + table.rawBytes, 0);
    if (rawBytes >= WORTH_ANNOUNCING_BYTES) this.#observer?.onNotice?.(`loading ${describeTables(tables)}`);
  }

  onTable(): void {
    this.#tablesDone += 1;
    this.#report();
  }

  onBytes(rawBytes: number): void {
    this.#rawBytes += rawBytes;
    this.#report();
  }

  onLoaded(tables: readonly TableData[], durationMs: number): void {
    if (this.#isStarting) return;
    const seconds = (durationMs / 1000).toFixed(1);
    this.#observer?.onNotice?.(`loaded ${describeTables(tables)}, in ${seconds} s`);
  }

  #report(): void {
    if (!this.#isStarting) return;
    this.#observer?.onProgress?.({
      phase: this.#phase,
      tablesDone: this.#tablesDone,
      tablesTotal: this.#tables.length,
      rawBytes: this.#rawBytes,
      expectedBytes: this.#tables.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    });
  }
}
