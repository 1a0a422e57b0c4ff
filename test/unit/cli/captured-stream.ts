import type { OutputStream } from '../../../lib/present/terminal/page.ts';

/** A stream that keeps what is written: a pipe, or a terminal of some width. */
export class CapturedStream implements OutputStream {
  text = '';
  readonly isTTY: boolean;
  columns: number | undefined;

  constructor(columns?: number) {
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}
