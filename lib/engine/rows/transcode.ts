import { isAscii } from 'node:buffer';
import { type ContentDigest, RowDigest } from '../copy-text/row-digest.ts';
import { ENCODING_LABELS } from '../ground/encodings.ts';

/** Rows that cannot be brought into a UTF-8 target without doubt about what they say. */
export class NotTranscodableError extends Error {
  constructor(encoding: string) {
    super(
      encoding === 'SQL_ASCII'
        ? 'holds bytes that are not UTF-8, and the embedded target knows UTF-8 only'
        : `holds characters of ${encoding} that the embedded target, which knows UTF-8 only, cannot take`,
    );
    this.name = 'NotTranscodableError';
  }
}

export interface Transcoded {
  /** COPY text in UTF-8; throws {@link NotTranscodableError} where a piece has no meaning in the encoding. */
  readonly text: AsyncIterable<Uint8Array>;
  /** Of the text as it was handed on; complete when that has ended. */
  readonly content: () => ContentDigest;
}

/**
 * COPY text from the source's encoding into UTF-8, digested anew: the target's rows are compared with these. Every table
 * used here maps each character to one of its own, so equal text there is equal text here. COPY's own characters (tab,
 * line feed, backslash) are ASCII in every server encoding.
 */
export async function transcode(pieces: AsyncIterable<Uint8Array>, encoding: string): Promise<Transcoded> {
  const digest = new RowDigest();
  const decode = decoderOf(encoding);
  async function* text() {
    for await (const piece of pieces) {
      const utf8 = decode(piece, false);
      digest.update(utf8);
      yield utf8;
    }
    const rest = decode(new Uint8Array(0), true);
    digest.update(rest);
    if (rest.length > 0) yield rest;
  }
  return { text: text(), content: () => digest.finish() };
}

type Decode = (piece: Uint8Array, last: boolean) => Uint8Array;

function decoderOf(encoding: string): Decode {
  if (encoding === 'UTF8') return (piece) => piece;
  // Not TextDecoder's iso-8859-1: the Encoding Standard makes that windows-1252.
  if (encoding === 'LATIN1') {
    return (piece) => (isAscii(piece) ? piece : Buffer.from(Buffer.from(piece).toString('latin1'), 'utf8'));
  }
  const label = encoding === 'SQL_ASCII' ? 'utf-8' : ENCODING_LABELS[encoding];
  if (label === undefined) {
    return (piece) => {
      if (!isAscii(piece)) throw new NotTranscodableError(encoding);
      return piece;
    };
  }
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  return (piece, last) => {
    try {
      return Buffer.from(decoder.decode(piece, { stream: !last }), 'utf8');
    } catch {
      throw new NotTranscodableError(encoding);
    }
  };
}
