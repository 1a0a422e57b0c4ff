import type { TableData } from '../archive/manifest.ts';
import type { Observer } from '../ground/progress.ts';
import { describeTables } from './copy/describe-tables.ts';
import type { LoadObserver } from './session/shared-server.ts';

/** Takes a second or more. */
const WORTH_ANNOUNCING_BYTES = 32 * 1024 * 1024;

/** Tells whoever watches how far the start is; of what statements load later, a line or two. */
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

  /** Clients may come now. */
  started(): void {
    this.#isStarting = false;
  }

  onLoad(tables: readonly TableData[]): void {
    if (!this.#isStarting) {
      this.#announce(tables);
      return;
    }
    this.#tables = [...this.#tables, ...tables];
    this.begin('rows');
  }

  /** Whoever looks at this terminal, and not at the client that waits, sees that something goes on. */
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
