import { COPY_TEXT_WASM } from './copy-text-wasm.ts';

/** copy-text.wat, compiled. `unframe` answers where it stopped, and how many bytes of text it found. */
interface Machine {
  readonly memory: { readonly buffer: ArrayBuffer };
  digest(from: number, end: number): void;
  unframe(from: number, end: number, to: number): readonly [stoppedAt: number, textBytes: number];
}

/** What is used of it: TypeScript declares WebAssembly for browsers only. */
interface Platform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

// Its memory, as copy-text.wat says.
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

/** What was found in some bytes of a connection. */
export interface Unframed {
  /** How many of them were read; those behind belong to a message of another kind, or to the header of the next one. */
  readonly taken: number;
  /** A view, valid until the next call for whatever stream. */
  readonly text: Uint8Array;
}

/**
 * One stream of COPY text, read in pieces that are cut anywhere: its rows are counted, and their hashes added up. A row is
 * not gathered to be hashed, however large it is. All streams of a thread share one instance of the WebAssembly that does it,
 * and are in it only while they are read.
 */
export class CopyText {
  rawBytes = 0;
  readonly #state = new Uint8Array(STATE_BYTES);
  readonly #view = new DataView(this.#state.buffer);

  /** Of whole rows. */
  get rows(): number {
    return Number(this.#view.getBigUint64(ROWS_AT, true));
  }

  /** Of the xxHash64 (seed 0) of each whole row without its line feed, modulo 2^64. */
  get sum(): bigint {
    return this.#view.getBigUint64(SUM_AT, true);
  }

  /** Text came after the last line feed. */
  get isWithinRow(): boolean {
    return this.#view.getBigUint64(OPEN_ROW_BYTES_AT, true) > 0n;
  }

  /** What comes next is the content of a CopyData message. */
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
   * Takes the text out of CopyData messages (PostgreSQL manual, "Message Formats"), 64 KiB of a connection at the most, and
   * reads it. Throws when a message says that it is shorter than its own header.
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
