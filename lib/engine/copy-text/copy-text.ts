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
const SHORT_INPUT_AT = 1024;
const SHORT_INPUT_BYTES = 1024;
const INPUT_AT = 4096;
const INPUT_BYTES = 256 * 1024;
const PIECES_AT = 327_680;
/** $copy in copy-text.wat writes up to 15 bytes beyond the end of a piece. */
const BETWEEN_PIECES_BYTES = 64;
const OPEN_ROW_BYTES_AT = 64;
const SUM_AT = 72;
const ROWS_AT = 80;
const MESSAGE_BYTES_LEFT_AT = 92;

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Platform }).WebAssembly;
const machine = new Instance(new Module(Buffer.from(COPY_TEXT_WASM, 'base64'))).exports as Machine;
const bytes = new Uint8Array(machine.memory.buffer);
const stateOfMachine = bytes.subarray(0, STATE_BYTES);

/** The size of a piece. A small piece costs as much work as a large one, and four sessions hold three pieces each. */
export const PIECE_BYTES = 256 * 1024;

/** A socket that reads into this memory saves a copy: see copy-socket.ts. */
export const receiveBuffer = Buffer.from(machine.memory.buffer, INPUT_AT, INPUT_BYTES);

/** Memory for a piece of text. */
export interface Piece {
  readonly memory: Buffer;
  bytes: number;
}

const pieceMemory: Buffer[] = [];
for (
  let at = PIECES_AT;
  at + PIECE_BYTES + BETWEEN_PIECES_BYTES <= bytes.length;
  at += PIECE_BYTES + BETWEEN_PIECES_BYTES
) {
  pieceMemory.push(Buffer.from(machine.memory.buffer, at, PIECE_BYTES));
}
/** The first piece is for text that has to be copied elsewhere. */
const scratch = pieceMemory.shift() as Buffer;

/** An empty piece, in the memory that text is taken out of messages into, or elsewhere if others use all of that. */
export function takePiece(): Piece {
  return { memory: pieceMemory.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES), bytes: 0 };
}

/** Gives a piece back that nobody reads any more. */
export function givePiece({ memory }: Piece): void {
  if (memory.buffer === bytes.buffer) pieceMemory.push(memory);
}

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
    stateOfMachine.set(this.#state);
    for (let at = 0; at < text.length; at += INPUT_BYTES) {
      const some = text.subarray(at, at + INPUT_BYTES);
      bytes.set(some, INPUT_AT);
      machine.digest(INPUT_AT, INPUT_AT + some.length);
    }
    this.#state.set(stateOfMachine);
    this.rawBytes += text.length;
  }

  /**
   * Takes the text out of CopyData messages (PostgreSQL manual, "Message Formats") and reads it. Takes at
   * most 256 KiB of a connection. Throws when the length of a message is shorter than its own header.
   */
  unframe(received: Uint8Array): Unframed {
    const { taken, textBytes } = this.#run(received.subarray(0, INPUT_BYTES), scratch);
    return { taken, text: scratch.subarray(0, textBytes) };
  }

  /** Like {@link unframe}, but takes no more than fits into the piece, and puts the text there. Returns what was taken. */
  unframeInto(received: Uint8Array, piece: Piece): number {
    const room = PIECE_BYTES - piece.bytes;
    const some = received.length > room ? received.subarray(0, room) : received;
    if (piece.memory.buffer !== bytes.buffer) {
      const { taken, text } = this.unframe(some);
      piece.memory.set(text, piece.bytes);
      piece.bytes += text.length;
      return taken;
    }
    const { taken, textBytes } = this.#run(some, piece.memory, piece.bytes);
    piece.bytes += textBytes;
    return taken;
  }

  #run(some: Uint8Array, into: Buffer, offset = 0): { taken: number; textBytes: number } {
    stateOfMachine.set(this.#state);
    const from = addressOf(some);
    const [stoppedAt, textBytes] = machine.unframe(from, from + some.length, into.byteOffset + offset);
    this.#state.set(stateOfMachine);
    this.rawBytes += textBytes;
    return { taken: stoppedAt - from, textBytes };
  }
}

/**
 * Where the machine reads these bytes: where they are, or where they are copied to. A few bytes must not be copied
 * over what a socket has read into {@link receiveBuffer}, because they may be the beginning of it.
 */
function addressOf(some: Uint8Array): number {
  if (some.buffer === bytes.buffer) return some.byteOffset;
  const at = some.length <= SHORT_INPUT_BYTES ? SHORT_INPUT_AT : INPUT_AT;
  bytes.set(some, at);
  return at;
}
