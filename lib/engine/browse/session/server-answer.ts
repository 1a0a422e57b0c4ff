import type { TransactionStatus } from '../../wire/backend-messages.ts';
import { readFields } from '../../wire/backend-messages.ts';

const HEADER_BYTES = 5;
/** DataRow, CopyData: the bulk of an answer, which is passed on unread. */
const BULK = new Set([0x44, 0x64]);

/** One message of the server's answer, or a run of rows. */
export interface AnswerPart {
  /** `''` for a run of rows. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts an answer into messages and runs of rows. It keeps an incomplete message until the rest arrives. */
export class AnswerParts {
  #pieces: Buffer[] = [];
  #size = 0;
  /** The number of bytes that must have arrived before it reads further. */
  #needed = HEADER_BYTES;

  *read(piece: Uint8Array): Generator<AnswerPart> {
    this.#pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    this.#size += piece.length;
    if (this.#size < this.#needed) return;
    const bytes =
      this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces);
    let at = 0;
    let run = 0;
    this.#needed = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = 1 + bytes.readInt32BE(at + 1);
      if (bytes.length - at < length) {
        this.#needed = length;
        break;
      }
      const type = bytes.readUInt8(at);
      at += length;
      if (BULK.has(type)) continue;
      const start = at - length;
      if (start > run) yield { type: '', bytes: bytes.subarray(run, start) };
      yield { type: String.fromCharCode(type), bytes: bytes.subarray(start, at) };
      run = at;
    }
    if (at > run) yield { type: '', bytes: bytes.subarray(run, at) };
    this.#pieces = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#size = bytes.length - at;
  }
}

/** The outcome of a batch. */
export class AnswerSummary {
  /** Fields of the first error, by their letter. */
  error: ReadonlyMap<string, string> | undefined;
  /** The number of Parses, Binds and Closes that were done. */
  acknowledgements = 0;
  /** Whether a statement ended, in any way. A dead server completes none. */
  hasCompletion = false;
  /** Undefined until the server has sent ReadyForQuery. */
  status: TransactionStatus | undefined;

  note({ type, bytes }: AnswerPart): void {
    if (type === 'E') this.error ??= readFields(bytes);
    if (type === '1' || type === '2' || type === '3') this.acknowledgements += 1;
    if (type === 'C' || type === 'I' || type === 's' || type === 'E') this.hasCompletion = true;
    if (type === 'Z') this.status = bytes.toString('latin1', 5, 6) as TransactionStatus;
  }
}
