import type { Observer, Progress, TimeAhead } from '../../engine/ground/progress.ts';
import { type OutputStream, type Page, pageOf } from './page.ts';
import { printable } from './printable.ts';
import { progressText } from './progress-text.ts';
import { TransferRate } from './transfer-rate.ts';
import { formatDuration } from './units.ts';

const REDRAW_MS = 100;
/** Asking for the time ahead may take milliseconds. */
const ASK_MS = 500;
const ERASE_LINE = '\r\u001b[K';

export interface ProgressLineOptions {
  readonly stream: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
  /** What is counted. @default 'tables' */
  readonly items?: string;
}

/**
 * Redraws one line of a terminal in place; prints nothing in a pipe. Notices go above the line, and are kept
 * for the summary, because a pipe shows only the summary.
 */
export class ProgressLine {
  readonly notices: string[] = [];
  readonly observer: Observer;
  readonly #options: ProgressLineOptions;
  readonly #page: Page;
  readonly #rate = new TransferRate();
  readonly #startedMs: number;
  #progress: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ahead: { readonly atMs: number; readonly found: TimeAhead | undefined } | undefined;

  /** Makes the line on a command's stderr. `items` names what its progress counts. */
  static of(
    { stderr, environment }: Pick<ProgressLineOptions, 'environment'> & { readonly stderr: OutputStream },
    items: string,
  ): ProgressLine {
    return new ProgressLine({ stream: stderr, environment, clock: () => performance.now(), items });
  }

  constructor(options: ProgressLineOptions) {
    this.#options = options;
    this.#page = pageOf(options.stream, options.environment);
    this.#startedMs = options.clock();
    this.observer = {
      onProgress: (progress) => this.#update(progress),
      onNotice: (notice) => this.#note(notice),
      onRetry: (failure, waitMs) => this.#note(`${failure.what} Trying again in ${formatDuration(waitMs)}.`),
    };
  }

  /** Prints a line that stays, in a pipe too: for news that somebody waits for. */
  announce(text: string): void {
    const { stream } = this.#options;
    const line = `${printable(text)}\n`;
    if (!this.#page.isTerminal) stream.write(line);
    else stream.write(`${this.#timer ? ERASE_LINE : ''}${this.#page.paint.green(line)}`);
    if (this.#timer) this.#draw();
  }

  /** Erases the line. Nothing is drawn after it. */
  stop(): void {
    if (this.#timer) this.#options.stream.write(ERASE_LINE);
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#progress = undefined;
  }

  #update(progress: Progress): void {
    if (!this.#page.isTerminal) return;
    this.#progress = progress;
    this.#rate.record(this.#options.clock(), progress);
    if (this.#timer) return;
    // A timer redraws the line, not events: these come in thousands, or not for a minute.
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
    this.#draw();
  }

  #note(notice: string): void {
    const text = printable(notice);
    this.notices.push(text);
    if (!this.#page.isTerminal) return;
    this.#options.stream.write(
      `${this.#timer ? ERASE_LINE : ''}${this.#page.paint.yellow('note:')} ${text}\n`,
    );
    if (this.#timer) this.#draw();
  }

  /** Asked twice a second, and counted down in between. */
  #lookAhead({ ahead }: Progress): TimeAhead | undefined {
    const now = this.#options.clock();
    if (!this.#ahead || now - this.#ahead.atMs >= ASK_MS) this.#ahead = { atMs: now, found: ahead?.() };
    const { found, atMs } = this.#ahead;
    return found && { ...found, remainingMs: Math.max(0, found.remainingMs - (now - atMs)) };
  }

  #draw(): void {
    if (!this.#progress) return;
    const { stream, clock, items = 'tables' } = this.#options;
    // Read each time, because the window may be resized.
    const columns = stream.columns || 80;
    const text = progressText(
      {
        progress: this.#progress,
        items,
        elapsedMs: clock() - this.#startedMs,
        bytesPerSecond: this.#rate.bytesPerSecond(),
        averageBytesPerSecond: this.#rate.averageBytesPerSecond(),
        ahead: this.#lookAhead(this.#progress),
      },
      columns,
    );
    stream.write(`${ERASE_LINE}${this.#page.paint.cyan(text)}`);
  }
}
