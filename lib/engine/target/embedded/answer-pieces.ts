import { AnswerWindow } from './answer-window.ts';

/**
 * The size of a piece. The server flushes every 8 kB, which is too little for one message between threads.
 */
const PIECE_BYTES = 128 * 1024;

/** Gathers the server's answer to a client into pieces that are large enough to send to another thread. */
export class AnswerPieces {
  readonly #window: AnswerWindow;
  readonly #send: (piece: Uint8Array) => void;
  #gathered: Uint8Array[] = [];
  #size = 0;

  constructor(window: SharedArrayBuffer, send: (piece: Uint8Array) => void) {
    this.#window = new AnswerWindow(window);
    this.#send = send;
  }

  /** Adds a piece. Blocks this thread while too much of the answer has been sent and not taken. */
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
