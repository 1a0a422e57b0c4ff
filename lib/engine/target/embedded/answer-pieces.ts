import { AnswerWindow } from './answer-window.ts';

/** The server flushes every 8 kB, and a message between threads costs more than that. */
const PIECE_BYTES = 128 * 1024;

/** Gathers what the server says to a client into pieces worth sending to another thread. */
export class AnswerPieces {
  readonly #window: AnswerWindow;
  readonly #send: (piece: Uint8Array) => void;
  #gathered: Uint8Array[] = [];
  #size = 0;

  constructor(window: SharedArrayBuffer, send: (piece: Uint8Array) => void) {
    this.#window = new AnswerWindow(window);
    this.#send = send;
  }

  /** Waits, in this thread, while too much of the answer is under way. */
  add(piece: Uint8Array): void {
    this.#gathered.push(Uint8Array.from(piece));
    this.#size += piece.length;
    if (this.#size >= PIECE_BYTES) this.flush();
  }

  flush(): void {
    if (this.#size === 0) return;
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#gathered) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#gathered = [];
    this.#size = 0;
    this.#window.reserve(whole.length);
    this.#send(whole);
  }
}
