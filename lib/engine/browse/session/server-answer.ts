import type { TransactionStatus } from '../../wire/backend-messages.ts';
import { readFields } from '../../wire/backend-messages.ts';

const HEADER_BYTES = 5;
/** DataRow, CopyData: the bulk of an answer, passed on without a look. */
const BULK = new Set([0x44, 0x64]);

/** A message of the server's answer, or a run of messages that are only rows. */
export interface AnswerPart {
  /** `''` for a run of rows. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts an answer into messages, runs of rows in one piece; holds the message that is not whole yet. */
export class AnswerParts {
  #pieces: Buffer[] = [];
  #size = 0;
  /** How many bytes have to be there before it is worth a look. */
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

/** What became of a batch. */
export class AnswerSummary {
  /** Fields of the first error, by their letter. */
  error: ReadonlyMap<string, string> | undefined;
  /** How many Parses, Binds and Closes were done. */
  acknowledgements = 0;
  /** Whether a statement was completed, one way or another. A dead instance completes none. */
  hasCompletion = false;
  /** Undefined while the server has not said that it waits for more. */
  status: TransactionStatus | undefined;

  note({ type, bytes }: AnswerPart): void {
    if (type === 'E') this.error ??= readFields(bytes);
    if (type === '1' || type === '2' || type === '3') this.acknowledgements += 1;
    if (type === 'C' || type === 'I' || type === 's' || type === 'E') this.hasCompletion = true;
    if (type === 'Z') this.status = bytes.toString('latin1', 5, 6) as TransactionStatus;
  }
}
