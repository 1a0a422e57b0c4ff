import { COPY_TEXT_WASM } from './copy-text-wasm.ts';

/**
 * copy-text.wat, compiled. `unframe` returns the position where it stopped, and the number of bytes of text
 * that it found.
 */
interface Machine {
  readonly memory: { readonly buffer: ArrayBuffer };
  digest(from: number, end: number): void;
  unframe(from: number, end: number, to: number): readonly [stoppedAt: number, textBytes: number];
}

/** The part of WebAssembly that is used here: TypeScript declares it only for browsers. */
interface Platform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

// The layout of its memory, as in copy-text.wat.
const STATE_BYTES = 96;
const INPUT_AT = 4096;
const INPUT_BYTES = 64 * 1024;
const TEXT_AT = 73_728;
const OPEN_ROW_BYTES_AT = 64;
const SUM_AT = 72;
const ROWS_AT = 80;
const MESSAGE_BYTES_LEFT_AT = 92;

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Platform }).WebAssembly;
const machine = new Instance(new Module(Buffer.from(COPY_TEXT_WASM, 'base64'))).exports as Machine;
const bytes = new Uint8Array(machine.memory.buffer);

/** The COPY text in some bytes of a connection. */
export interface Unframed {
  /**
   * The number of bytes read. The rest belongs to a message of another kind, or to the header of the next
   * one.
   */
  readonly taken: number;
  /** A view, valid until the next call for any stream. */
  readonly text: Uint8Array;
}

/**
 * Reads one stream of COPY text in pieces that may be cut anywhere. Counts its rows, and adds up their
 * hashes. Even a large row is hashed without being gathered first. All streams of a thread share one instance
 * of the WebAssembly module; a stream's state is in it only while it is read.
 */
export class CopyText {
  rawBytes = 0;
  readonly #state = new Uint8Array(STATE_BYTES);
  readonly #view = new DataView(this.#state.buffer);

  /** The number of complete rows. */
  get rows(): number {
    return Number(this.#view.getBigUint64(ROWS_AT, true));
  }

  /** The sum of the xxHash64 (seed 0) of each complete row without its line feed, modulo 2^64. */
  get sum(): bigint {
    return this.#view.getBigUint64(SUM_AT, true);
  }

  /** Whether text came after the last line feed. */
  get isWithinRow(): boolean {
    return this.#view.getBigUint64(OPEN_ROW_BYTES_AT, true) > 0n;
  }

  /** Whether the next byte belongs to the content of a CopyData message. */
  get isWithinMessage(): boolean {
    return this.#view.getInt32(MESSAGE_BYTES_LEFT_AT, true) > 0;
  }

  read(text: Uint8Array): void {
    bytes.set(this.#state);
    for (let at = 0; at < text.length; at += INPUT_BYTES) {
      const some = text.subarray(at, at + INPUT_BYTES);
      bytes.set(some, INPUT_AT);
      machine.digest(INPUT_AT, INPUT_AT + some.length);
    }
    this.#state.set(bytes.subarray(0, STATE_BYTES));
    this.rawBytes += text.length;
  }

  /**
   * Takes the text out of CopyData messages (PostgreSQL manual, "Message Formats") and reads it. Takes at
   * most 64 KiB of a connection. Throws when the length of a message is shorter than its own header.
   */
  unframe(received: Uint8Array): Unframed {
    bytes.set(this.#state);
    const some = received.subarray(0, INPUT_BYTES);
    bytes.set(some, INPUT_AT);
    const [stoppedAt, textBytes] = machine.unframe(INPUT_AT, INPUT_AT + some.length, TEXT_AT);
    this.#state.set(bytes.subarray(0, STATE_BYTES));
    this.rawBytes += textBytes;
    return { taken: stoppedAt - INPUT_AT, text: bytes.subarray(TEXT_AT, TEXT_AT + textBytes) };
  }
}
