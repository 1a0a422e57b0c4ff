import type { Observer } from '../lib/engine/ground/progress.ts';
import { type OutputStream, type Page, pageOf } from '../lib/present/terminal/page.ts';
import { displayWidth } from '../lib/present/terminal/printable.ts';
import { progressText } from '../lib/present/terminal/progress-text.ts';
import { TransferRate } from '../lib/present/terminal/transfer-rate.ts';
import { formatClock, formatDuration } from '../lib/present/terminal/units.ts';
import { wrap } from '../lib/present/terminal/wrap.ts';

const WIDTH = 78;
const INDENT = '     ';
const REDRAW_MS = 100;
const ERASE_LINE = '\r\u001b[K';
const LINE_UP = '\u001b[1A';

/** Records a fact that a step finds out. Facts are printed below the step's title when it is done. */
export type Tell = (fact: string) => void;

/** Prints the story: one numbered line with its duration for each step, and the step's facts below it. */
export class Storyteller {
  readonly page: Page;
  readonly #stream: OutputStream;
  #number = 0;

  constructor(stream: OutputStream, environment: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.page = pageOf(stream, environment);
  }

  say(...lines: readonly string[]): void {
    this.#stream.write(`${lines.join('\n')}\n`);
  }

  /** Runs one step. A terminal shows its title and progress from the start, a pipe its title at the end. */
  async step<Result>(
    title: string,
    act: (tell: Tell, observer: Observer) => Promise<Result>,
  ): Promise<Result> {
    this.#number += 1;
    const facts: string[] = [];
    const heading = `  ${this.#number}  ${title}`;
    const startedMs = performance.now();
    const live = new LiveLine(this.#stream, this.page, heading, startedMs);
    try {
      const result = await act((fact) => facts.push(fact), live.observer);
      live.erase();
      const took = formatDuration(performance.now() - startedMs);
      this.#printStep(heading, took, facts);
      return result;
    } catch (error) {
      live.erase();
      this.say(this.page.paint.bold(heading));
      throw error;
    }
  }

  #printStep(heading: string, took: string, facts: readonly string[]): void {
    const { bold, dim } = this.page.paint;
    const dots = '.'.repeat(Math.max(3, WIDTH - displayWidth(heading) - displayWidth(took) - 2));
    this.say(
      `${bold(heading)} ${dim(dots)} ${took}`,
      ...facts.flatMap((fact) => wrap(fact, WIDTH - INDENT.length)).map((line) => `${INDENT}${line}`),
      '',
    );
  }
}

/** Shows the running step in a terminal: its title, and below it the progress, redrawn in place. */
class LiveLine {
  readonly observer: Observer;
  readonly #stream: OutputStream;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(stream: OutputStream, page: Page, heading: string, startedMs: number) {
    const rate = new TransferRate();
    const columns = (page.columns ?? WIDTH) - INDENT.length;
    let text = (): string => formatClock(performance.now() - startedMs);
    this.#stream = stream;
    this.observer = {
      onProgress: (progress) => {
        rate.record(performance.now(), progress);
        const bytesPerSecond = rate.bytesPerSecond();
        text = () => {
          const elapsedMs = performance.now() - startedMs;
          return progressText({ progress, items: 'tables', elapsedMs, bytesPerSecond }, columns);
        };
      },
    };
    // If the title wrapped, erase() could not find its line.
    if (!page.isTerminal || displayWidth(heading) > columns) return;
    stream.write(`${page.paint.bold(heading)}\n`);
    const draw = () => stream.write(`${ERASE_LINE}${INDENT}${page.paint.cyan(text())}`);
    draw();
    this.#timer = setInterval(draw, REDRAW_MS);
  }

  /** Erases the progress and the title. */
  erase(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#stream.write(`${ERASE_LINE}${LINE_UP}${ERASE_LINE}`);
  }
}
